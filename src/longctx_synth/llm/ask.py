"""`ask`, the only door to a model: journaled, so that a call which was answered is never paid twice.

Mechanism. The part of a request that every server spells alike is serialised once; those bytes are hashed and those
bytes are sent. A call's key is (case, seed of the case, hash of the content, which occurrence of that content in the
case this is); no running number, so asks that run at the same time inside a case keep their keys whatever order they
finish in. The sampling seed comes from the same parts. An answer is in the journal before the case sees it; when the
case runs again, it replays to where it stopped.

Before sending, the request is held against the context window; afterwards the server's count of prompt tokens is held
against what its own tokenizer, the caller's, or the run's bytes per token say, to find prompts that were cut
silently.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import xxhash

from longctx_synth.errors import SettingsError, WindowError
from longctx_synth.journal import Journal
from longctx_synth.llm import answer as answers
from longctx_synth.llm.answer import Answer
from longctx_synth.llm.client import Client, Request
from longctx_synth.llm.endpoint import EndpointInfo

Message = dict[str, str]
Count = Callable[[list[Message]], int]

BYTES_PER_TOKEN = 4.0  # of JSON text, before anything was learned
_LEARNED = 8  # answers after which the learned ratio is believed
_AUDITED = 2000  # bytes below which a prompt is too short for a ratio to say anything
_encode_into = msgspec.json.Encoder().encode_into
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


@dataclass(slots=True)
class Usage:
    """What a run of the process used. sent: answers paid for; replayed: answers that an earlier process paid for.

    prompt_tokens, completion_tokens: of the answers sent; replayed_*: of those replayed, so the sums are the run's price.
    quarantined: answers whose prompt the server had cut; seconds: summed time of the calls sent.
    """

    sent: int = 0
    replayed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    replayed_prompt_tokens: int = 0
    replayed_completion_tokens: int = 0
    quarantined: int = 0
    seconds: float = 0.0


class Asker:
    """Makes the `Ask` of each case, over one client and one journal.

    model: the name to ask for, None takes the endpoint's. temperature, top_p: defaults of the sampling.
    count: tokens of a prompt (a list of messages) under some tokenizer, for the window's check where an estimate does
    not decide.
    seeded: False leaves the seed out of the requests, for servers that refuse it.
    """

    def __init__(
        self,
        client: Client,
        journal: Journal,
        *,
        model: str | None = None,
        temperature: float = 0.7,
        top_p: float | None = None,
        count: Count | None = None,
        seeded: bool = True,
    ) -> None:
        names = {endpoint.model for endpoint in client.endpoints}
        if not model and len(names) > 1:
            raise SettingsError(
                f"The endpoints serve different models ({', '.join(sorted(names))}); name one with --model."
            )
        self.client = client
        self.journal = journal
        self.model = model or client.endpoints[0].model
        if not self.model:
            some = ", ".join(client.endpoints[0].models[:5])
            raise SettingsError(
                f"The endpoint {client.endpoints[0].url} serves several models ({some}, …); name one with --model."
            )
        self.kind = client.endpoints[0].kind
        windows = [endpoint.window for endpoint in client.endpoints if endpoint.window]
        self.window: int | None = min(windows) if windows else None
        self.temperature = temperature
        self.top_p = top_p
        self.seeded = seeded
        self.usage = Usage()
        self._count = count
        self._ratios: deque[float] = deque(maxlen=64)
        self._buffer = bytearray()  # where a request is serialised

    def case(self, case_id: str, seed: int) -> Ask:
        """The `ask` of one case. seed: the case's own; equal case and seed replay each other's answers."""
        return Ask(self, case_id, seed)

    # -- lengths -----------------------------------------------------------------------------------------------------

    @property
    def bytes_per_token(self) -> float:
        """Bytes of JSON per prompt token: the median of the last answers' ratios, or a common value before any."""
        if len(self._ratios) < _LEARNED:
            return BYTES_PER_TOKEN
        return sorted(self._ratios)[len(self._ratios) // 2]

    def _check_window(self, messages: Sequence[Mapping[str, str]], size: int, max_tokens: int) -> None:
        if self.window is None or size + max_tokens <= self.window:  # A token has at least one byte.
            return
        room = self.window - max_tokens
        estimate = size / self.bytes_per_token
        learned = len(self._ratios) >= _LEARNED
        if learned and estimate < 0.8 * room:
            return
        slack = 1.25 if learned else 1.6
        if self._count is not None and estimate < slack * room:
            estimate, slack = float(self._count([dict(message) for message in messages])), 1.0
        if estimate > slack * room:
            raise WindowError(
                f"A request of about {estimate:,.0f} prompt tokens and {max_tokens:,} for the answer does not fit the "
                f"context window of {self.window:,} tokens of {self.client.endpoints[0].url}; lower --tokens or use a "
                "server with a longer window."
            )

    async def _audit(
        self, answer: Answer, messages: Sequence[Mapping[str, str]], size: int, server: EndpointInfo
    ) -> bool:
        """Whether the server cut the prompt: it counts clearly fewer tokens than it was sent."""
        counted = answer.prompt_tokens
        if not counted:
            return False
        ratio = size / counted
        learned = len(self._ratios) >= _LEARNED
        suspicious = ratio > (1.3 if learned else 1.5) * self.bytes_per_token
        if not suspicious:
            self._ratios.append(ratio)
            return False
        # Repetitive or odd text can have such a ratio honestly: ask who knows better, in order of knowing.
        text = _text(messages)
        expected: float | None = await self.client.count(server, text)
        if expected is not None:
            cut = counted < 0.9 * expected
        elif self._count is not None:
            expected = self._count([dict(message) for message in messages])
            cut = counted < 0.7 * expected
        else:
            cut = ratio > 2.0 * self.bytes_per_token
        if not cut:
            self._ratios.append(ratio)
        return cut


def _text(messages: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(message["content"] for message in messages)


class Ask:
    """The door to the model for one case. Call it; see `Asker`.

    count: calls made in the case so far, replayed ones included. model, kind: of the endpoint. window: its context window in
    tokens, None where it is not known.
    """

    def __init__(self, asker: Asker, case_id: str, seed: int) -> None:
        self.case_id = case_id
        self.count = 0
        self.model = asker.model
        self.kind = asker.kind
        self.window = asker.window
        self._asker = asker
        self._origin = f"{case_id}\0{seed}".encode("utf-8", "surrogatepass")
        self._seen: dict[bytes, int] = {}

    async def __call__(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        schema: dict[str, Any] | None = None,
        max_tokens: int = 512,
        temperature: float | None = None,
        stop: Sequence[str] | None = None,
    ) -> Answer:
        """The model's answer to `messages` ({role, content} each), from the journal if it was paid for before.

        schema: a JSON Schema that the answer's text is to follow. max_tokens: bound of the answer.
        temperature: None takes the run's. stop: strings that end the answer.
        Raises WindowError before sending, RefusedError, EndpointError; LongctxError when the disk is full.
        """
        asker = self._asker
        self.count += 1
        content: dict[str, Any] = {"model": asker.model, "messages": messages}
        content["temperature"] = asker.temperature if temperature is None else temperature
        if asker.top_p is not None:
            content["top_p"] = asker.top_p
        if stop:
            content["stop"] = list(stop)
        try:
            # The bytes that `encode` returns keep the room they grew into, half as much again for a long prompt; a copy
            # has just its size, and that is what stays in memory until the answer comes.
            _encode_into(content, asker._buffer)
            shared = bytes(asker._buffer)
        except UnicodeEncodeError:
            raise ValueError("a message holds a lone surrogate, which no server can be sent") from None
        # XXH3: 128 bits at memory speed, where blake2b would cost as much as all the rest for a long prompt. Nobody has
        # a reason to make two requests of one case collide.
        name = xxhash.xxh3_128_digest(shared) + _encode_sorted([max_tokens, schema])
        occurrence = self._seen.get(name, 0)
        self._seen[name] = occurrence + 1
        key = hashlib.blake2b(b"%b\0%b\0%d" % (self._origin, name, occurrence), digest_size=16).digest()

        stored = asker.journal.get(key)
        if stored is not None:
            answer = answers.from_bytes(stored)
            if answer is not None:
                asker.usage.replayed += 1
                asker.usage.replayed_prompt_tokens += answer.prompt_tokens or 0
                asker.usage.replayed_completion_tokens += answer.completion_tokens or 0
                return answer
            asker.journal.forget(key)

        if asker.window is not None:
            asker._check_window(messages, len(shared), max_tokens)
        seed = (int.from_bytes(key[:4], "little") & 0x7FFFFFFF) or 1 if asker.seeded else None
        started = time.monotonic()
        answer, server = await asker.client.complete(self.case_id, Request(shared, max_tokens, seed, schema))
        usage = asker.usage
        usage.seconds += time.monotonic() - started
        asker.journal.put(key, answers.to_bytes(answer))
        usage.sent += 1
        usage.prompt_tokens += answer.prompt_tokens or 0
        usage.completion_tokens += answer.completion_tokens or 0
        # Stored first: the audit may have to wait for the server, and what is paid must not be lost meanwhile.
        if len(shared) >= _AUDITED and await asker._audit(answer, messages, len(shared), server):
            answer = msgspec.structs.replace(answer, truncated=True)
            asker.journal.put(key, answers.to_bytes(answer))
            usage.quarantined += 1
        return answer
