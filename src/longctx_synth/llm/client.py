"""One pooled HTTP session to the endpoint's replicas: sends a request until it is answered, refused, or hope is lost.

Mechanism. A `Request` holds the JSON that all kinds of server share, serialised once by `ask`; here only the short
tail that the kinds disagree about is appended (dialects.py). One aiohttp session, its limits of 100 connections and
300 s lifted; places in flight are given by `limits.Limit`, one a replica.

What is tried again: connections that fail or break, time-outs, 408, 409, 425, 429, 5xx, a body that is no JSON
answer; with exponential backoff and jitter, or as long as `Retry-After` says. Waiting happens outside the limit. 429,
and 503 with Retry-After, mean "later", so they are bounded by `patience` seconds, not by the count of `retries`. Any
other 4xx is RefusedError with the server's own words. A case keeps to one replica (its prefix cache is warm) while
that one lives.
"""

from __future__ import annotations

import asyncio
import email.utils
import random
import time
import zlib
from collections.abc import Sequence
from typing import Any

import aiohttp
import msgspec
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict
from yarl import URL

from longctx_synth.errors import EndpointError, RefusedError, SettingsError
from longctx_synth.llm.answer import Answer
from longctx_synth.llm.dialects import DIALECTS, limit_name
from longctx_synth.llm.endpoint import EndpointInfo, headers, key_error, proxy, scrub, words
from longctx_synth.llm.endpoint import api_key as key_from_environment
from longctx_synth.llm.limits import Limit

RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_SMALL = 65_536  # bytes up to which one copy is cheaper than two writes
_DEAD_FOR = 30.0  # seconds for which a replica that cannot be connected to is left out


class Request(msgspec.Struct, frozen=True):
    """One chat completion to be asked for.

    shared: the JSON object of everything that all kinds of server spell alike (model, messages, sampling), as bytes.
    seed: for the server's sampler, None leaves it to the server.
    """

    shared: bytes
    max_tokens: int
    seed: int | None = None
    schema: dict[str, Any] | None = None

    def tail(self, endpoint: EndpointInfo) -> bytes:
        """What follows `shared` without its closing brace, in the dialect of `endpoint`."""
        tail: dict[str, Any] = {limit_name(endpoint.kind, endpoint.url): self.max_tokens}
        if self.seed is not None:
            tail["seed"] = self.seed
        if self.schema is not None:
            tail["response_format"] = DIALECTS[endpoint.kind].response_format(self.schema)
        return b"," + msgspec.json.encode(tail)[1:]


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    model: str | None = None
    usage: _Usage | None = None


_decode = msgspec.json.Decoder(_Completion).decode


class Again(Exception):
    """A try that failed in a way that can get better.

    after: seconds that the server asks for. overload: it has too much to do, send less. later: it promises to answer
    later, so this is no fault. unreachable: no connection came about.
    """

    def __init__(
        self,
        why: str,
        *,
        after: float | None = None,
        overload: bool = False,
        later: bool = False,
        unreachable: bool = False,
    ) -> None:
        super().__init__(why)
        self.after = after
        self.overload = overload
        self.later = later
        self.unreachable = unreachable


class _Replica:
    def __init__(self, endpoint: EndpointInfo, concurrency: int) -> None:
        self.endpoint = endpoint
        self.chat = URL(endpoint.url + "/v1/chat/completions")
        # The embedded server works on one request at a time; a queue before it would only eat into the time-out.
        slots = endpoint.slots if endpoint.kind == "embedded" and endpoint.slots else concurrency
        self.limit = Limit(min(concurrency, slots))
        self.unreachable = 0
        self.dead_until = 0.0


class Client:
    """Sends chat completions to one endpoint or to replicas of it. An async context manager.

    endpoints: as from `describe`; several are replicas and should serve the same model.
    api_key: None takes it from the environment (endpoint.py says which variable).
    timeout: seconds for one try of one request; connect_timeout: seconds for its connection.
    concurrency: the most requests in flight to each replica. retries: further tries after a fault.
    patience: seconds for which "too many requests" is borne. backoff: seconds before the first further try.
    """

    def __init__(
        self,
        endpoints: Sequence[EndpointInfo],
        *,
        api_key: str | None = None,
        timeout: float = 1800.0,
        connect_timeout: float = 10.0,
        concurrency: int = 256,
        retries: int = 8,
        patience: float = 900.0,
        backoff: float = 0.5,
    ) -> None:
        if not endpoints:
            raise SettingsError("No endpoint was given; name one with --endpoint.")
        self.endpoints = list(endpoints)
        self.timeout = timeout
        self.retries = retries
        self.patience = patience
        self.backoff = backoff
        self.tries = 0
        self.faults: dict[str, int] = {}
        self._connect_timeout = connect_timeout
        self._keys = [api_key or key_from_environment(endpoint.url) for endpoint in self.endpoints]
        self._replicas = [_Replica(endpoint, concurrency) for endpoint in self.endpoints]
        self._proxies = [proxy(endpoint.url) for endpoint in self.endpoints]
        self._session: aiohttp.ClientSession | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._out: dict[asyncio.Timeout, float] = {}  # tries that are out, and when they are overdue
        self._headers = [CIMultiDict({"Content-Type": "application/json", **headers(key)}) for key in self._keys]

    @property
    def in_flight(self) -> int:
        """Requests that are out now."""
        return sum(replica.limit.in_flight for replica in self._replicas)

    @property
    def limit(self) -> int:
        """How many requests may be out now, over all replicas."""
        return sum(int(replica.limit.now) for replica in self._replicas)

    async def __aenter__(self) -> Client:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=0, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._sweep()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _sweep(self) -> None:
        """Let the tries that are overdue time out. One timer for all: a timer each costs more than the JSON does."""
        now = time.monotonic()
        for deadline, at in list(self._out.items()):
            if at > now:
                break  # All have the same time-out, so the rest, begun later, is due later.
            del self._out[deadline]
            deadline.reschedule(asyncio.get_running_loop().time())
        self._sweeper = asyncio.get_running_loop().call_later(min(self.timeout / 20, 5.0), self._sweep)

    async def complete(self, case: str, request: Request) -> tuple[Answer, EndpointInfo]:
        """The answer to `request`, and the replica that gave it. Requests of one `case` go to one replica.

        Raises RefusedError for a 4xx that will not get better, EndpointError when the tries are exhausted.
        """
        home = zlib.crc32(case.encode("utf-8", "surrogatepass")) % len(self._replicas)
        fault = 0
        started = time.monotonic()
        while True:
            number = self._alive(home)
            replica = self._replicas[number]
            entered = await replica.limit.enter()
            answered = False
            try:
                self.tries += 1
                answer = await self._try(number, request)
                answered = True
                replica.unreachable = 0
                return answer, replica.endpoint
            except Again as again:
                failure = again
                if again.overload or again.later:
                    replica.limit.overloaded(entered)
                if again.unreachable:
                    replica.unreachable += 1
                    if replica.unreachable >= 2:
                        replica.dead_until = time.monotonic() + _DEAD_FOR
            finally:
                replica.limit.leave(answered)
            why = str(failure)
            self.faults[why] = self.faults.get(why, 0) + 1
            if not failure.later:
                fault += 1
            waited = time.monotonic() - started
            if fault > self.retries or (failure.later and waited > self.patience):
                raise EndpointError(
                    f"The endpoint {replica.endpoint.url} gave no usable answer in {fault or 'many'} tries, the last: "
                    f"{why}; see to the server and run the same command again, finished calls are not asked again."
                )
            pause = min(self.backoff * 2 ** min(fault, 10), 60.0) * random.uniform(0.5, 1.0)
            if failure.after is not None:
                # A little more than asked for, spread, so that all who were told the same don't come at once.
                pause = failure.after + random.uniform(0.0, min(0.25 * failure.after, 5.0))
            await asyncio.sleep(pause)

    def _alive(self, home: int) -> int:
        """The first replica from `home` on that is not known to be dead, else `home`."""
        if len(self._replicas) == 1:
            return home
        now = time.monotonic()
        count = len(self._replicas)
        for step in range(count):
            number = (home + step) % count
            if self._replicas[number].dead_until <= now:
                return number
        return home

    async def _try(self, number: int, request: Request) -> Answer:
        replica = self._replicas[number]
        status, body, after = await self._post(
            number, replica.chat, Body(request.shared, request.tail(replica.endpoint))
        )
        if status != 200:
            raise self._failure(number, status, body, after)
        try:
            completion = _decode(body)
            choice = completion.choices[0]
        except (msgspec.DecodeError, UnicodeDecodeError, IndexError) as error:
            # Some servers answer 200 with an error inside; its words are worth more than "no choices".
            raise Again("an answer that is not JSON of a chat completion") from error
        usage = completion.usage or _Usage()
        return Answer(
            text=choice.message.content or "",
            finish_reason=choice.finish_reason or "stop",
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            model=completion.model or replica.endpoint.model,
        )

    async def _post(self, number: int, url: URL, body: Body) -> tuple[int, bytes, float | None]:
        """Status, body and Retry-After of one POST; raises Again where no whole answer came."""
        if self._session is None:
            raise RuntimeError("Client is used outside `async with`")
        deadline = asyncio.timeout(None)  # `_sweep` sets it off.
        self._out[deadline] = time.monotonic() + self.timeout
        try:
            async with (
                deadline,
                self._session.post(
                    url, data=body, headers=self._headers[number], allow_redirects=False, proxy=self._proxies[number]
                ) as response,
            ):
                reply = await response.read()
                if response.status == 200:
                    return 200, reply, None
                return response.status, reply, _seconds(response.headers.get("Retry-After"))
        except aiohttp.ClientConnectorError as error:
            raise Again(f"no connection ({error.os_error.strerror or error.os_error})", unreachable=True) from error
        except TimeoutError as error:  # Also aiohttp's time-outs, which are of this type too.
            connecting = isinstance(error, aiohttp.ServerTimeoutError)
            raise Again(
                "no connection in time" if connecting else "no answer in time", unreachable=connecting
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Again(f"the connection broke ({type(error).__name__})") from error
        finally:
            self._out.pop(deadline, None)

    def _failure(self, number: int, status: int, body: bytes, after: float | None) -> Exception:
        """The exception for a status other than 200."""
        url, key = self.endpoints[number].url, self._keys[number]
        try:
            said = words(msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError):
            said = words(body[:1000].decode("utf-8", "replace"))
        if status in (401, 403):
            return RefusedError(key_error(url, status, key, said))
        if status in RETRIED or status >= 500:
            later = status in (429, 529) or (status == 503 and after is not None)
            return Again(f"status {status}", after=after, overload=later or status == 503, later=later)
        if 300 <= status < 400:
            return RefusedError(f"The endpoint {url} redirects elsewhere (status {status}); give the final URL.")
        return RefusedError(
            f"The endpoint {url} refuses a request (status {status}): {scrub(said, key) or 'no reason given'}"
        )

    async def count(self, endpoint: EndpointInfo, text: str, timeout: float = 60.0) -> int | None:
        """How many tokens the server's own tokenizer counts in `text`; None where it has none or does not say."""
        dialect = DIALECTS[endpoint.kind]
        number = next((n for n, known in enumerate(self.endpoints) if known.url == endpoint.url), None)
        if not dialect.tokenize or number is None:
            return None
        body = Body(msgspec.json.encode(dialect.count_request(endpoint.model, text)), b"}")
        try:
            async with asyncio.timeout(timeout):
                status, reply, _ = await self._post(number, URL(endpoint.url + dialect.tokenize), body)
            return dialect.count_reply(msgspec.json.decode(reply)) if status == 200 else None
        except (Again, TimeoutError, msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError):
            return None


class Body(aiohttp.payload.Payload):
    """A JSON object as a request's body: `shared` but for its closing brace, then `tail`.

    Views, not copies: a long prompt stands in memory once, and aiohttp's warning about bodies over 1 MiB is beside the
    point, since long prompts are what we send.
    """

    def __init__(self, shared: bytes, tail: bytes) -> None:
        super().__init__(shared, content_type="application/json")
        self._tail = tail
        self._size = len(shared) - 1 + len(tail)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The body as text."""
        return (self._value[:-1] + self._tail).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write the whole body."""
        if len(self._value) < _SMALL:
            await writer.write(self._value[:-1] + self._tail)
        else:
            await writer.write(memoryview(self._value)[:-1])
            await writer.write(self._tail)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Write the whole body: the length that aiohttp names is the one that it was told."""
        await self.write(writer)


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds from now, at most ten minutes; it may be a number or a date."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(header).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), 600.0) if seconds == seconds else None
