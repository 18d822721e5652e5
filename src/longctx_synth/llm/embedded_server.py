"""The process behind the embedded endpoint: llama-cpp-python's app on an inherited socket, alive as long as its parent.

Started by embedded.py, not by hand. The watch comes first, before the slow imports, so that a parent killed early
leaves nothing behind. It ends the process without ceremony: there is nothing here to save.
"""

from __future__ import annotations

import argparse
import os
import select
import socket
import sys
import threading


def watch(alive: int, parent: int) -> None:
    """End this process when the pipe `alive` is closed by its other end, or when `parent` is no longer our parent."""
    while True:
        readable, _, _ = select.select([alive], [], [], 1.0)
        # The parent's number is the second line: a process forked from the parent may hold the pipe open after it.
        if (readable and not os.read(alive, 1)) or os.getppid() != parent:
            os._exit(0)


def main() -> None:
    """Serve until the parent is gone."""
    options = argparse.ArgumentParser()
    for name in ("--socket", "--alive", "--window"):
        options.add_argument(name, type=int, required=True)
    options.add_argument("--model", required=True)
    options.add_argument("--alias", required=True)
    given = options.parse_args()
    threading.Thread(target=watch, args=(given.alive, os.getppid()), daemon=True).start()

    import uvicorn
    from llama_cpp.server.app import create_app
    from llama_cpp.server.settings import ModelSettings, ServerSettings

    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    model = ModelSettings(
        model=given.model,
        model_alias=given.alias,
        n_ctx=given.window,
        n_threads=threads,
        n_threads_batch=threads,
        verbose=False,
    )
    app = create_app(server_settings=ServerSettings(), model_settings=[model])
    print(f"serving {given.alias}, window {given.window}, {threads} threads", file=sys.stderr)
    config = uvicorn.Config(app, log_level="info", timeout_keep_alive=75, lifespan="off")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=given.socket)])


if __name__ == "__main__":
    main()
