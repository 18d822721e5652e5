"""Checks and rewards are imported by trainers and by lm-eval: cold, in under 100 ms, and without heavy packages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HEAVY = ("torch", "datasets", "jsonschema", "yaml", "py3langid", "numpy", "aiohttp", "rapidfuzz", "pyarrow")
PROGRAM = """
import sys, time
start = time.process_time()
import longctx_synth.checks, longctx_synth.rewards
print(time.process_time() - start)
print([name for name in {heavy!r} if name in sys.modules])
"""


def test_import_is_light(tmp_path: Path) -> None:
    # Bytecode is written as after an installation; the first run only fills that cache. Of the others the best counts:
    # what else runs on the machine only ever makes one slower.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(tmp_path)
    times = []
    for _ in range(6):
        command = [sys.executable, "-c", PROGRAM.format(heavy=HEAVY)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        seconds, heavy = done.stdout.splitlines()
        assert heavy == "[]"
        times.append(float(seconds))
    assert min(times[1:]) < 0.1, times
