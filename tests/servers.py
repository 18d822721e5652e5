"""A scripted model server for the tests: answers are a function of the request, faults come by the count of requests.

In a test's own loop:      async with running(Script(overload_every=3)) as server: ... server.url, server.counts
In a process of its own:   with process(Script(...)) as server: ... server.url, server.stats()
By hand, from any shell:   python tests/servers.py '{"kind": "tgi", "drop_every": 7}'    (prints its URL)
The last two end when their standard input closes.

`GET /stats` tells the counts. `answered` are answers sent whole; `answered_again` are those among them whose request,
byte for byte, had been answered whole before: an answer that was paid twice, since every call of a run has its own
seed.

Tokens here are four bytes of UTF-8 each, plus 8 a prompt; `/tokenize` agrees with `usage`.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import json
import random
import subprocess
import sys
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

# A responder gives the text of an answer, or (text, finish_reason), as a function of the request's JSON.
Responder = Callable[[dict[str, Any]], "str | tuple[str, str]"]


@dataclass
class Script:
    """What the server is and what goes wrong with it. `*_every` count chat requests from 1; 0 means never."""

    kind: str = "openai"  # openai, vllm, llamacpp, tgi
    model: str = "scripted"
    models: int = 1  # how many names /v1/models lists
    window: int = 32768
    key: str = ""  # the bearer key that it wants
    responder: str = ""  # "module:function"; this folder and its parent are importable
    delay: float = 0.0  # seconds before each answer
    gather: int = 0  # no answer before so many requests were in flight at once (at most a minute)
    overload_every: int = 0
    overload_status: int = 429
    retry_after: str | None = "0.01"
    drop_every: int = 0
    broken_every: int = 0
    fail_every: int = 0  # status 500
    refuse_every: int = 0  # status 422, in TGI's shape
    stall_at: int = 0  # this one request is answered only after `stall` seconds
    stall: float = 3600.0
    cut_at: int = 0  # prompt tokens kept silently
    port: int = 0


@dataclass
class Counts:
    """What the server has seen and done."""

    received: int = 0
    answered: int = 0
    answered_again: int = 0
    overloaded: int = 0
    dropped: int = 0
    broken: int = 0
    failed: int = 0
    refused: int = 0
    stalled: int = 0
    denied: int = 0
    counted: int = 0  # requests to the tokenizer
    in_flight: int = 0
    most_in_flight: int = 0


def tokens(text: str) -> int:
    """How many tokens this server sees in a text."""
    return (len(text.encode("utf-8")) + 3) // 4


# fmt: off
_WORDS = [
    "the", "a", "this", "each", "report", "ledger", "harbour", "council", "meeting", "engineer",
    "letter", "states", "names", "approves", "repairs", "measures", "north", "southern", "quiet", "early",
    "careful", "between", "during", "after", "water", "stone", "river", "budget", "clerk", "survey",
]
# fmt: on


def prose(request: dict[str, Any]) -> str:
    """The default responder: a few sentences, or an instance of the schema, decided by the request alone."""
    digest = hashlib.blake2b(json.dumps(request, sort_keys=True).encode(), digest_size=8).digest()
    rng = random.Random(int.from_bytes(digest, "big"))
    schema = schema_of(request)
    if schema is not None:
        return json.dumps(instance(schema, rng))
    sentences = [
        " ".join(rng.choices(_WORDS, k=rng.randint(5, 12))).capitalize() + "." for _ in range(rng.randint(2, 5))
    ]
    return " ".join(sentences)


def schema_of(request: dict[str, Any]) -> dict[str, Any] | None:
    """The JSON Schema in a request, in whichever dialect."""
    form = request.get("response_format") or request.get("parameters", {}).get("grammar")
    if not form:
        return None
    found = form.get("value") or form.get("schema") or form.get("json_schema", {}).get("schema")
    return found if isinstance(found, dict) else None


def instance(schema: dict[str, Any], rng: random.Random) -> Any:
    """A value that fits a plain JSON Schema."""
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type", "string")
    if kind == "object":
        return {name: instance(part, rng) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [instance(schema.get("items", {}), rng) for _ in range(max(1, schema.get("minItems", 2)))]
    if kind == "integer":
        return rng.randint(schema.get("minimum", 0), schema.get("maximum", 99))
    if kind == "number":
        return round(rng.uniform(schema.get("minimum", 0), schema.get("maximum", 99)), 2)
    if kind == "boolean":
        return rng.random() < 0.5
    return " ".join(rng.choices(_WORDS, k=4))


class Server:
    """The application and its counts. `url` is known once it runs."""

    def __init__(self, script: Script, responder: Responder | None = None) -> None:
        self.script = script
        self.counts = Counts()
        self.requests: list[dict[str, Any]] = []  # the last 1,000 chat requests
        self.url = ""
        self._respond = responder or _named(script.responder)
        self._answered: set[bytes] = set()
        self._gathered = asyncio.Event()
        self.app = web.Application(client_max_size=1 << 28)
        add = self.app.router.add_route
        add("POST", "/v1/chat/completions", self._chat)
        add("GET", "/v1/models", self._models)
        add("GET", "/stats", self._stats)
        if script.kind != "openai":
            add("POST", "/tokenize", self._tokenize)
        if script.kind == "tgi":
            add("GET", "/info", self._info)
            add("POST", "/", self._generate)
            add("POST", "/generate", self._generate)
            add("POST", "/chat_tokenize", self._chat_tokenize)
        if script.kind == "llamacpp":
            add("GET", "/props", self._props)

    # -- chat --------------------------------------------------------------------------------------------------------

    async def _chat(self, http: web.Request) -> web.StreamResponse:
        return await self._answer(http, self._completion)

    async def _generate(self, http: web.Request) -> web.StreamResponse:
        return await self._answer(http, self._generation)

    async def _answer(
        self, http: web.Request, shape: Callable[[dict[str, Any], str, str, int, int], Any]
    ) -> web.StreamResponse:
        counts, script = self.counts, self.script
        body = await http.read()
        counts.received += 1
        number = counts.received
        counts.in_flight += 1
        counts.most_in_flight = max(counts.most_in_flight, counts.in_flight)
        try:
            if self._denied(http):
                counts.denied += 1
                return _error(401, "Incorrect API key provided: " + http.headers.get("Authorization", "")[7:])
            if _due(number, script.overload_every):
                counts.overloaded += 1
                after = {} if script.retry_after is None else {"Retry-After": script.retry_after}
                return _error(script.overload_status, "Model is overloaded", after)
            if _due(number, script.drop_every):
                counts.dropped += 1
                assert http.transport is not None
                http.transport.abort()
                return web.Response()
            if _due(number, script.fail_every):
                counts.failed += 1
                return _error(500, "Request failed during generation")
            if _due(number, script.refuse_every):
                counts.refused += 1
                return web.json_response(
                    {"error": "Input validation error: no", "error_type": "validation"}, status=422
                )
            if _due(number, script.broken_every):
                counts.broken += 1
                return web.Response(
                    body=b'{"choices": [{"message": {"content": "half an ans', content_type="application/json"
                )
            if number == script.stall_at:
                counts.stalled += 1
                await asyncio.sleep(script.stall)
            if counts.most_in_flight >= script.gather:
                self._gathered.set()
            elif script.gather:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._gathered.wait(), 60)
            if script.delay:
                await asyncio.sleep(script.delay)
            request = json.loads(body)
            self.requests = [*self.requests[-999:], request]
            text = request.get("inputs") or "\n".join(message["content"] for message in request["messages"])
            prompt_tokens = tokens(text) + 8
            limit = request.get("max_tokens") or request.get("parameters", {}).get("max_new_tokens") or 1024
            if script.cut_at and prompt_tokens > script.cut_at:
                prompt_tokens = script.cut_at
            elif prompt_tokens + limit > script.window:
                counts.refused += 1
                return _error(
                    400, f"This model's maximum context length is {script.window} tokens, not {prompt_tokens + limit}."
                )
            said = self._respond(request)
            answer, finish = (said, "stop") if isinstance(said, str) else said
            if tokens(answer) > limit:
                answer, finish = answer.encode()[: 4 * limit].decode("utf-8", "ignore"), "length"
            reply = web.json_response(shape(request, answer, finish, prompt_tokens, tokens(answer)))
            try:
                await reply.prepare(http)
                await reply.write_eof()
            except ConnectionError:  # The client went away: not sent whole.
                return reply
            counts.answered += 1
            digest = hashlib.blake2b(body, digest_size=16).digest()
            counts.answered_again += digest in self._answered
            self._answered.add(digest)
            return reply
        finally:
            counts.in_flight -= 1

    def _completion(self, request: dict[str, Any], text: str, finish: str, prompt: int, completion: int) -> Any:
        usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        return {
            "id": "",
            "object": "chat.completion",
            "created": 0,
            "model": self.script.model,
            "choices": [choice],
            "usage": usage,
        }

    def _generation(self, request: dict[str, Any], text: str, finish: str, prompt: int, completion: int) -> Any:
        finish = {"stop": "eos_token"}.get(finish, finish)
        details = {"finish_reason": finish, "generated_tokens": completion, "prefill": [], "tokens": [], "seed": None}
        return [{"generated_text": text, "details": details}]

    # -- what it tells of itself -------------------------------------------------------------------------------------

    def _denied(self, http: web.Request) -> bool:
        return bool(self.script.key) and http.headers.get("Authorization") != f"Bearer {self.script.key}"

    async def _models(self, http: web.Request) -> web.Response:
        if self._denied(http):
            return _error(401, "Incorrect API key provided")
        script = self.script
        names = [script.model] + [f"{script.model}-{n}" for n in range(1, script.models)]
        cards: list[dict[str, Any]] = [
            {"id": name, "object": "model", "created": 0, "owned_by": script.kind} for name in names
        ]
        if script.kind == "vllm":
            cards = [{**card, "max_model_len": script.window} for card in cards]
        return web.json_response({"object": "list", "data": cards})

    async def _info(self, http: web.Request) -> web.Response:
        if self._denied(http):
            return _error(401, "Unauthorized")
        info = {
            "model_id": self.script.model,
            "max_total_tokens": self.script.window,
            "max_input_tokens": self.script.window - 1,
            "max_concurrent_requests": 128,
            "max_best_of": 2,
            "max_stop_sequences": 4,
            "validation_workers": 2,
            "max_client_batch_size": 4,
            "router": "text-generation-router",
            "version": "3.3.0",
        }
        return web.json_response(info)

    async def _props(self, http: web.Request) -> web.Response:
        return web.json_response({"default_generation_settings": {"n_ctx": self.script.window}, "total_slots": 4})

    async def _tokenize(self, http: web.Request) -> web.Response:
        self.counts.counted += 1
        request = await http.json()
        number = tokens(request.get("inputs") or request.get("prompt") or request.get("content") or "")
        if self.script.kind == "tgi":
            return web.json_response([{"id": 0, "text": "", "start": 0, "stop": 0}] * number)
        return web.json_response({"count": number, "tokens": [0] * number})

    async def _chat_tokenize(self, http: web.Request) -> web.Response:
        request = await http.json()
        text = "".join(f"<|{m['role']}|>\n{m['content']}\n" for m in request["messages"]) + "<|assistant|>\n"
        found = [{"id": 0, "text": "", "start": 0, "stop": 0}] * tokens(text)
        return web.json_response({"templated_text": text, "tokenize_response": found})

    async def _stats(self, http: web.Request) -> web.Response:
        return web.json_response(asdict(self.counts))


def _due(number: int, every: int) -> bool:
    return every > 0 and number % every == 0


def _error(status: int, words: str, more: dict[str, str] | None = None) -> web.Response:
    return web.json_response(
        {"error": {"message": words, "type": "error", "code": status}}, status=status, headers=more
    )


def _named(responder: str) -> Responder:
    if not responder:
        return prose
    here = Path(__file__).resolve().parent
    for folder in (str(here.parent), str(here)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    module, _, name = responder.partition(":")
    return getattr(importlib.import_module(module), name)


@asynccontextmanager
async def running(script: Script | None = None, responder: Responder | None = None) -> AsyncIterator[Server]:
    """The server in this event loop."""
    server = Server(script or Script(), responder)
    runner = web.AppRunner(server.app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", server.script.port, backlog=2048)
        await site.start()
        assert runner.addresses
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()


@dataclass
class Remote:
    """A server in another process."""

    url: str
    process: subprocess.Popen[str]

    def stats(self) -> dict[str, int]:
        """Its counts now."""
        with urllib.request.urlopen(self.url + "/stats", timeout=10) as reply:
            return json.load(reply)


@contextmanager
def process(script: Script | None = None) -> Iterator[Remote]:
    """The server in a process of its own; it ends with the block, and when this process dies."""
    command = [sys.executable, str(Path(__file__).resolve()), json.dumps(asdict(script or Script()))]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        if not url:
            raise RuntimeError("the scripted server did not start")
        yield Remote(url, child)
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


async def _main(script: Script) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watch() -> None:
        sys.stdin.read()  # Returns when whoever started us is gone.
        loop.call_soon_threadsafe(ended.set)

    async with running(script) as server:
        print(server.url, flush=True)
        threading.Thread(target=watch, daemon=True).start()
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_main(Script(**json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}"))))
