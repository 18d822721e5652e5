"""TGI's native interface, through the text-generation client, behaves like the Messages API behind the same door.

Runs where text-generation is installed: in CI in an environment of its own, since it needs huggingface_hub < 1.0.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from longctx_synth.errors import RefusedError, SettingsError
from longctx_synth.journal import Journal
from longctx_synth.llm.ask import Asker
from longctx_synth.llm.endpoint import EndpointInfo, describe
from longctx_synth.llm.tgi import NativeClient
from tests.servers import Script, running

installed = importlib.util.find_spec("text_generation") is not None
needs_package = pytest.mark.skipif(not installed, reason="the extra `tgi` is not installed")
MESSAGES = [{"role": "user", "content": "Name a colour."}]


@needs_package
async def test_it_generates_with_template_grammar_and_details(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    async with running(Script(kind="tgi")) as server:
        with Journal.open(tmp_path) as journal:
            async with NativeClient([await describe(server.url)]) as client:
                ask = Asker(client, journal, top_p=0.5).case("a", 1)
                answer = await ask(MESSAGES, max_tokens=200, stop=["END"], temperature=0.5)
                assert (answer.finish_reason, answer.model) == ("stop", "scripted")
                assert answer.prompt_tokens and answer.completion_tokens
                assert isinstance(json.loads((await ask(MESSAGES, schema=schema)).text)["n"], int)
                greedy = await ask(MESSAGES, temperature=0.0, max_tokens=2)
                assert greedy.finish_reason == "length"
        first, second, third = server.requests
        assert first["inputs"] == "<|user|>\nName a colour.\n<|assistant|>\n"
        parameters = first["parameters"]
        assert (parameters["temperature"], parameters["top_p"], parameters["stop"]) == (0.5, 0.5, ["END"])
        assert parameters["do_sample"] and parameters["max_new_tokens"] == 200 and parameters["seed"] > 0
        assert second["parameters"]["grammar"] == {"type": "json", "value": schema}
        assert third["parameters"]["temperature"] is None and not third["parameters"]["do_sample"]


@needs_package
async def test_faults_are_retried_and_refusals_told(tmp_path: Path) -> None:
    script = Script(kind="tgi", overload_every=3, drop_every=7, broken_every=5)
    async with running(script) as server:
        with Journal.open(tmp_path) as journal:
            async with NativeClient([await describe(server.url)], backoff=0.01) as client:
                for number in range(20):
                    assert (await Asker(client, journal).case(f"c{number}", 1)(MESSAGES)).text
                assert server.counts.answered == 20
                assert server.counts.dropped and server.counts.broken and server.counts.overloaded
                script.overload_every = script.drop_every = script.broken_every = 0
                script.refuse_every = 1
                with pytest.raises(RefusedError, match="Input validation error"):
                    await Asker(client, journal).case("d", 1)(MESSAGES)


def test_another_kind_of_server_is_refused() -> None:
    with pytest.raises(SettingsError, match="no TGI server"):
        NativeClient([EndpointInfo("vllm", "m", None, "http://x")])


@pytest.mark.skipif(installed, reason="text-generation is installed")
def test_without_the_package_the_error_says_how_to_get_it() -> None:
    with pytest.raises(SettingsError, match=r"pip install 'longctx-synth\[tgi\]'"):
        NativeClient([EndpointInfo("tgi", "m", None, "http://x")])
