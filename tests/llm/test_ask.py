"""`ask` pays for every call once, whatever happens in between; keys depend on what is asked, not on when."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longctx_synth.errors import EndpointError, LongctxError, RefusedError, SettingsError, WindowError
from longctx_synth.journal import Journal
from longctx_synth.llm.answer import Answer
from longctx_synth.llm.ask import Asker
from longctx_synth.llm.client import Client, Request
from longctx_synth.llm.endpoint import EndpointInfo, describe
from tests.servers import Script, Server, process, running


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


@asynccontextmanager
async def door(
    server: Server, run_dir: Path, client: dict[str, Any] | None = None, **asker: Any
) -> AsyncIterator[Asker]:
    info = await describe(server.url)
    with Journal.open(run_dir) as journal:
        async with Client([info], backoff=0.01, **(client or {})) as http:
            yield Asker(http, journal, **asker)


class Recorded(Client):
    """A client that answers by itself and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__([EndpointInfo("openai", "m", None, "http://127.0.0.1:9")])
        self.asked: list[Request] = []

    async def complete(self, case: str, request: Request) -> tuple[Answer, EndpointInfo]:
        self.asked.append(request)
        await asyncio.sleep(random.random() / 1000)  # So that answers come in another order each time.
        return Answer(f"{case} {request.seed}"), self.endpoints[0]


# -- replay ----------------------------------------------------------------------------------------------------------


async def test_a_case_that_runs_again_is_not_paid_again(tmp_path: Path) -> None:
    async with running() as server:
        for round_ in range(2):
            async with door(server, tmp_path) as asker:
                ask = asker.case("train/1/0", seed=5)
                first = await ask(user("hello"))
                second = await ask([*user("hello"), {"role": "assistant", "content": first.text}, *user("and?")])
                assert (first.cached, second.cached) == (round_ == 1, round_ == 1)
                assert ask.count == 2
                assert (asker.usage.sent, asker.usage.replayed) == ((2, 0) if round_ == 0 else (0, 2))
        assert server.counts.answered == 2


async def test_the_same_question_twice_in_a_case_has_two_answers(tmp_path: Path) -> None:
    async with running() as server, door(server, tmp_path) as asker:
        ask = asker.case("a", 1)
        answers = await asyncio.gather(*(ask(user("one of many")) for _ in range(5)))
        assert len({answer.text for answer in answers}) == 5
        again = asker.case("a", 1)
        assert [(await again(user("one of many"))).text for _ in range(5)] == [answer.text for answer in answers]
        assert server.counts.received == 5


CALL = st.tuples(
    st.sampled_from(["summarise", "quote", "ünïcode \u2028 \U0001f600", ""]),
    st.sampled_from([16, 512]),
    st.sampled_from([None, 0.0, 1.0]),
    st.sampled_from([None, {"type": "object", "properties": {"a": {"type": "string"}}}]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(CALL, min_size=1, max_size=8), order=st.randoms(use_true_random=False), seed=st.integers(0, 2**62)
)
def test_keys_do_not_depend_on_the_order_of_what_differs(
    tmp_path_factory: pytest.TempPathFactory, calls: list[Any], order: random.Random, seed: int
) -> None:
    """Asked together, one by one or in another order: the same calls get the same seeds and replay."""

    async def ask_all(asker: Asker, some: list[Any], together: bool) -> list[tuple[str, str]]:
        ask = asker.case("train/7/0", seed)
        waiting = [ask(user(c[0]), max_tokens=c[1], temperature=c[2], schema=c[3]) for c in some]
        got = await asyncio.gather(*waiting) if together else [await one for one in waiting]
        return sorted((json.dumps(call), answer.text) for call, answer in zip(some, got, strict=True))

    async def main() -> None:
        client = Recorded()
        with Journal.open(tmp_path_factory.mktemp("run")) as journal:
            asker = Asker(client, journal)
            shuffled = order.sample(calls, len(calls))
            first = await ask_all(asker, calls, together=True)
            assert len(client.asked) == len(calls)
            assert len({request.seed for request in client.asked}) == len(calls)
            assert all(0 < (request.seed or 0) < 2**31 for request in client.asked)
            assert await ask_all(asker, shuffled, together=False) == first
            assert len(client.asked) == len(calls)
            other = asker.case("train/8/0", seed)
            await other(user(calls[0][0]))
            assert len(client.asked) == len(calls) + 1

    asyncio.run(main())


async def test_another_model_seed_or_temperature_is_another_call(tmp_path: Path) -> None:
    client = Recorded()
    with Journal.open(tmp_path) as journal:
        for options, seed in (({}, 1), ({"model": "n"}, 1), ({"temperature": 0.1}, 1), ({"top_p": 0.5}, 1), ({}, 2)):
            await Asker(client, journal, **options).case("a", seed)(user("hello"))  # type: ignore[arg-type]
    assert len(client.asked) == 5
    assert len({request.seed for request in client.asked}) == 5


async def test_an_unreadable_stored_answer_is_paid_again(tmp_path: Path) -> None:
    client = Recorded()
    with Journal.open(tmp_path) as journal:
        await Asker(client, journal).case("a", 1)(user("hello"))
        journal.put(next(iter(journal._rows)), b"\xff not an answer")
        answer = await Asker(client, journal).case("a", 1)(user("hello"))
        assert not answer.cached
        assert (await Asker(client, journal).case("a", 1)(user("hello"))).cached
    assert len(client.asked) == 2


async def test_prompts_and_keys_are_not_stored(tmp_path: Path) -> None:
    async with running(Script(key="sk-very-secret")) as server:
        info = await describe(server.url, api_key="sk-very-secret")
        with Journal.open(tmp_path) as journal:
            async with Client([info], api_key="sk-very-secret") as client:
                for number in range(20):
                    await Asker(client, journal).case(f"c{number}", 1)(user("PROMPT-MARK " * 5000))
        stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert len(stored) / 20 < 10 * 1024
    assert b"PROMPT-MARK" not in stored and b"very-secret" not in stored


DRIVER = """
import asyncio, sys
from longctx_synth.journal import Journal
from longctx_synth.llm import Asker, Client, describe

async def main(url, run_dir):
    with Journal.open(run_dir) as journal:
        async with Client([await describe(url)], concurrency=32) as client:
            asker = Asker(client, journal)
            async def case(number):
                ask = asker.case(f"train/{number}/0", number)
                one = await ask([{"role": "user", "content": f"question {number}"}])
                await asyncio.gather(*(ask([{"role": "user", "content": one.text + t}]) for t in ("", "", "more")))
            for start in range(0, 200, 32):
                await asyncio.gather(*(case(n) for n in range(start, min(200, start + 32))))
                print(start, flush=True)
            print("done", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def test_after_kill_9_hardly_an_answer_is_paid_twice(tmp_path: Path) -> None:
    with process(Script(delay=0.002)) as server:
        command = [sys.executable, "-c", DRIVER, server.url, str(tmp_path)]
        for kill_after in (1, 2, 3):
            driver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            assert driver.stdout is not None
            for _ in range(kill_after):
                driver.stdout.readline()
            driver.send_signal(signal.SIGKILL)
            driver.wait()
            driver.stdout.close()
        last = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
        assert last.stdout.endswith("done\n")
        counts = server.stats()
    with Journal.open(tmp_path) as journal:
        assert len(journal) == 800
    # In each kill an answer or two may lie between the socket and the journal, and those in flight are asked again.
    assert 800 <= counts["answered"] <= 800 + 3 * 32
    assert counts["answered_again"] == counts["answered"] - 800


# -- windows and truncation ------------------------------------------------------------------------------------------


async def test_what_does_not_fit_the_window_is_not_sent(tmp_path: Path) -> None:
    async with running(Script(kind="vllm", window=4096)) as server, door(server, tmp_path) as asker:
        with pytest.raises(WindowError, match=r"context window of 4,096 tokens.*lower --tokens"):
            await asker.case("a", 1)(user("word " * 8000), max_tokens=100)
        assert server.counts.received == 0
        assert (await asker.case("a", 1)(user("word " * 2000), max_tokens=100)).text


async def test_the_caller_s_count_decides_near_the_window(tmp_path: Path) -> None:
    async with running(Script(kind="vllm", window=4096)) as server:
        async with door(server, tmp_path, count=lambda messages: 3999) as asker:
            with pytest.raises(WindowError):
                await asker.case("a", 1)(user("word " * 3000), max_tokens=100)
        async with door(server, tmp_path, count=lambda messages: 3900) as asker:
            assert (await asker.case("a", 1)(user("word " * 3000), max_tokens=100)).text


async def test_a_server_s_refusal_of_the_length_is_told_in_its_words(tmp_path: Path) -> None:
    async with running(Script(kind="openai", window=1000)) as server, door(server, tmp_path) as asker:
        with pytest.raises(RefusedError, match="maximum context length is 1000 tokens"):
            await asker.case("a", 1)(user("word " * 4000))
        assert server.counts.received == 1


@pytest.mark.parametrize(("kind", "asks_tokenizer"), [("vllm", True), ("llamacpp", True), ("openai", False)])
async def test_a_silently_cut_prompt_is_flagged(tmp_path: Path, kind: str, asks_tokenizer: bool) -> None:
    script = Script(kind=kind, cut_at=1000, window=10**6)
    async with running(script) as server:
        async with door(server, tmp_path) as asker:
            ask = asker.case("a", 1)
            assert not (await ask(user("short " * 500))).truncated
            assert server.counts.counted == 0
            assert (await ask(user("long " * 5000))).truncated
            assert asker.usage.quarantined == 1
            assert (server.counts.counted > 0) is asks_tokenizer
        async with door(server, tmp_path) as asker:  # The flag is in the journal too.
            ask = asker.case("a", 1)
            await ask(user("short " * 500))
            replayed = await ask(user("long " * 5000))
            assert replayed.truncated and replayed.cached


async def test_text_with_few_tokens_is_not_taken_for_cut(tmp_path: Path) -> None:
    """The JSON of the text is far longer than what the server counts, but its own tokenizer agrees with its usage."""
    async with running(Script(kind="vllm", window=10**6)) as server, door(server, tmp_path) as asker:
        assert not (await asker.case("a", 1)(user("\x01" * 9000))).truncated
        assert server.counts.counted == 1


# -- parameters ------------------------------------------------------------------------------------------------------


async def test_what_was_asked_for_is_sent(tmp_path: Path) -> None:
    async with running() as server, door(server, tmp_path, top_p=0.9) as asker:
        await asker.case("a", 1)(user("hi"), max_tokens=7, temperature=0.25, stop=["END"])
        sent = server.requests[0]
        assert sent["model"] == "scripted"
        assert sent["messages"] == user("hi")
        assert (sent["max_tokens"], sent["temperature"], sent["top_p"], sent["stop"]) == (7, 0.25, 0.9, ["END"])
        assert 0 < sent["seed"] < 2**31
        async with Client(asker.client.endpoints) as http:
            await Asker(http, asker.journal, seeded=False).case("b", 1)(user("hi"))
        assert "seed" not in server.requests[1]


async def test_a_cut_off_answer_says_so(tmp_path: Path) -> None:
    async with running(responder=lambda request: "word " * 500) as server, door(server, tmp_path) as asker:
        answer = await asker.case("a", 1)(user("hi"), max_tokens=10)
        assert (answer.finish_reason, answer.finished, answer.completion_tokens) == ("length", False, 10)


async def test_a_schema_is_followed_in_every_dialect(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    for kind in ("tgi", "vllm", "llamacpp", "openai"):
        async with running(Script(kind=kind)) as server, door(server, tmp_path / kind) as asker:
            assert isinstance(json.loads((await asker.case("a", 1)(user("hi"), schema=schema)).text)["n"], int)
            form = server.requests[0]["response_format"]
            assert (
                form
                == {
                    "tgi": {"type": "json", "value": schema},
                    "vllm": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}},
                    "llamacpp": {"type": "json_object", "schema": schema},
                    "openai": {
                        "type": "json_schema",
                        "json_schema": {"name": "answer", "strict": True, "schema": schema},
                    },
                }[kind]
            )


async def test_several_models_want_a_name(tmp_path: Path) -> None:
    async with running(Script(models=7)) as server:
        with pytest.raises(SettingsError, match=r"serves several models \(scripted, scripted-1.*--model"):
            async with door(server, tmp_path):
                pass
        async with door(server, tmp_path, model="scripted-3") as asker:
            await asker.case("a", 1)(user("hi"))
        assert server.requests[0]["model"] == "scripted-3"


async def test_a_full_disk_stops_the_case(tmp_path: Path) -> None:
    async with running() as server, door(server, tmp_path) as asker:
        pages = asker.journal._database.execute("PRAGMA page_count").fetchone()[0]
        asker.journal._database.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(LongctxError, match="make room"):
            for number in range(50):
                await asker.case(f"c{number}", 1)(user("hi"))


async def test_an_endpoint_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    async with running(Script(fail_every=1)) as server, door(server, tmp_path, client={"retries": 2}) as asker:
        with pytest.raises(EndpointError, match=r"no usable answer in 3 tries, the last: status 500"):
            await asker.case("a", 1)(user("hi"))
        assert len(asker.journal) == 0
        server.script.fail_every = 0
        assert (await asker.case("a", 1)(user("hi"))).text
