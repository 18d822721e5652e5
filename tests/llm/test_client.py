"""The client gets every answer that can be had, says clearly why one cannot, and never tells the key."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any

import msgspec
import pytest

from longctx_synth.errors import EndpointError, RefusedError, SettingsError
from longctx_synth.llm.client import Client, Request, _seconds
from longctx_synth.llm.endpoint import EndpointInfo, describe
from tests.servers import Script, Server, running


def request(text: str, seed: int = 1) -> Request:
    return Request(msgspec.json.encode({"model": "m", "messages": [{"role": "user", "content": text}]}), 64, seed)


def info(url: str, **more: Any) -> EndpointInfo:
    return EndpointInfo("openai", "scripted", None, url, **more)


async def ask_many(server: Server, number: int, **options: Any) -> tuple[list[str], Client]:
    async with Client([info(server.url)], backoff=0.01, **options) as client:
        answers = await asyncio.gather(*(client.complete(f"c{n}", request(f"question {n}")) for n in range(number)))
    return [answer.text for answer, _ in answers], client


async def test_every_fault_at_once_and_no_answer_is_lost_or_wrong() -> None:
    async with running() as server:
        expected, _ = await ask_many(server, 150)
    script = Script(overload_every=3, drop_every=7, broken_every=11, fail_every=13, stall_at=20)
    async with running(script) as server:
        got, client = await ask_many(server, 150, timeout=0.5)
        counts = server.counts
    assert got == expected
    assert counts.answered == 150 and counts.answered_again == 0
    assert counts.overloaded and counts.dropped and counts.broken and counts.failed and counts.stalled == 1
    assert client.faults["status 429"] == counts.overloaded
    assert client.faults["no answer in time"] == 1
    assert client.tries == counts.received
    assert sum(client.faults.values()) == client.tries - 150


async def test_all_that_is_asked_for_is_in_flight() -> None:
    async with running(Script(gather=1024)) as server:
        await ask_many(server, 1024, concurrency=1024)
        assert server.counts.most_in_flight == 1024


async def test_no_more_than_is_asked_for_is_in_flight() -> None:
    async with running(Script(delay=0.01)) as server:
        await ask_many(server, 60, concurrency=7)
        assert server.counts.most_in_flight == 7


async def test_an_overloaded_server_gets_fewer_requests() -> None:
    async with running(Script(overload_every=4, delay=0.002)) as server:
        _, client = await ask_many(server, 200, concurrency=64)
        assert client.limit < 32
        assert server.counts.answered == 200


async def test_retry_after_is_honoured() -> None:
    async with (
        running(Script(overload_every=2, retry_after="0.4")) as server,
        Client([info(server.url)], backoff=0.001) as client,
    ):
        await client.complete("a", request("first"))
        started = time.monotonic()
        await client.complete("a", request("second"))  # The second request of the server's count, so turned away once.
        assert time.monotonic() - started >= 0.4


async def test_too_many_requests_for_too_long_is_an_error() -> None:
    async with running(Script(overload_every=1, retry_after="0.05")) as server:
        with pytest.raises(EndpointError, match="status 429"):
            await ask_many(server, 1, patience=0.2, retries=1)
        assert server.counts.received > 2  # Turned away is not a fault: `retries` does not bound it.


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [("3", 3, 3), ("0.5", 0.5, 0.5), ("-1", 0, 0), ("1e9", 600, 600), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0)],
)
def test_retry_after_is_a_number_or_a_date(header: str, least: float, most: float) -> None:
    seconds = _seconds(header)
    assert seconds is not None and least <= seconds <= most


@pytest.mark.parametrize("header", [None, "", "soon", "nan"])
def test_retry_after_that_says_nothing(header: str | None) -> None:
    assert _seconds(header) is None


async def test_a_refusal_is_not_tried_again_and_keeps_the_server_s_words() -> None:
    async with running(Script(refuse_every=1)) as server:
        with pytest.raises(RefusedError, match=r"status 422\): Input validation error: no"):
            await ask_many(server, 1)
        assert server.counts.received == 1


async def test_a_wrong_key_says_where_to_set_it_and_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(Script(key="sk-right")) as server:
        async with Client([info(server.url)], api_key="sk-wrong-secret") as client:
            with pytest.raises(RefusedError, match=r"refuses the API key.*LONGCTX_API_KEY") as caught:
                await client.complete("a", request("hi"))
        assert "secret" not in str(caught.value)  # The scripted server echoes the key, as some do.
        async with Client([info(server.url)]) as client:
            with pytest.raises(RefusedError, match="wants an API key"):
                await client.complete("a", request("hi"))
        monkeypatch.setenv("LONGCTX_API_KEY", "sk-right")
        async with Client([info(server.url)]) as client:
            assert (await client.complete("a", request("hi")))[0].text


async def test_a_server_that_comes_back_is_waited_for() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]

    async def late() -> None:
        await asyncio.sleep(0.2)
        async with running(Script(port=port)):
            await done.wait()

    done = asyncio.Event()
    server = asyncio.create_task(late())
    async with Client([info(f"http://127.0.0.1:{port}")], backoff=0.05) as client:
        assert (await client.complete("a", request("hi")))[0].text
    assert any(why.startswith("no connection") for why in client.faults)
    done.set()
    await server


async def test_a_server_that_is_gone_is_an_error_with_its_url() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # Bound, not listening: connections are refused.
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        async with Client([info(url)], backoff=0.001, retries=2) as client:
            with pytest.raises(EndpointError, match=f"{url} gave no usable answer in 3 tries.*no connection"):
                await client.complete("a", request("hi"))


async def test_a_case_keeps_to_its_replica_until_that_dies() -> None:
    async with running() as one, running() as two, running() as three:
        servers = [one, two, three]
        async with Client([info(server.url) for server in servers], backoff=0.01) as client:
            where: dict[str, set[str]] = {}
            for number in range(60):
                case = f"case {number % 20}"
                _, used = await client.complete(case, request(f"{number}"))
                where.setdefault(case, set()).add(used.url)
            assert all(len(urls) == 1 for urls in where.values())
            assert all(server.counts.answered > 0 for server in servers)
            home = next(case for case, urls in where.items() if urls == {one.url})
            client._replicas[0].dead_until = time.monotonic() + 60
            _, used = await client.complete(home, request("after its death"))
            assert used.url == two.url


async def test_a_dead_replica_is_left_out() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{held.getsockname()[1]}"
        async with running() as alive, Client([info(dead), info(alive.url)], backoff=0.001) as client:
            for number in range(30):
                _, used = await client.complete(f"case {number}", request(f"{number}"))
                assert used.url == alive.url
            assert client.tries <= 33


async def test_a_redirect_is_not_followed_with_the_key() -> None:
    from aiohttp import web

    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("http://127.0.0.1:1/")

    app = web.Application()
    app.router.add_post("/v1/chat/completions", elsewhere)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with Client([info(f"http://127.0.0.1:{runner.addresses[0][1]}")]) as client:
        with pytest.raises(RefusedError, match="redirects elsewhere"):
            await client.complete("a", request("hi"))
    await runner.cleanup()


async def test_cancelling_gives_the_place_back() -> None:
    async with running(Script(delay=30)) as server, Client([info(server.url)], concurrency=2) as client:
        tasks = [asyncio.create_task(client.complete("a", request(f"{n}"))) for n in range(5)]
        while server.counts.in_flight < 2:
            await asyncio.sleep(0.005)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert client.in_flight == 0


async def test_two_megabytes_are_sent_whole_and_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    text = "ä" * 1_000_000
    async with running(responder=lambda got: str(len(got["messages"][0]["content"]))) as server:
        server.script.window = 10**9
        async with Client([info(server.url)]) as client:
            answer, _ = await client.complete("a", request(text))
        assert answer.text == "1000000"
        assert server.requests[0]["seed"] == 1
    assert not [warning for warning in recwarn if issubclass(warning.category, ResourceWarning)]


async def test_no_endpoint_is_an_error() -> None:
    with pytest.raises(SettingsError, match="--endpoint"):
        Client([])


async def test_the_server_s_tokenizer_counts() -> None:
    for kind in ("tgi", "vllm", "llamacpp"):
        async with running(Script(kind=kind)) as server:
            found = await describe(server.url)
            async with Client([found]) as client:
                assert await client.count(found, "x" * 40) == 10
    async with running() as server, Client([info(server.url)]) as client:
        assert await client.count(client.endpoints[0], "x" * 40) is None
