"""The door to the models for one run: endpoints found or started, the client, and an `ask` for every case.

What happens between is nobody's business above: an embedded server that lives as long as the run, replicas that must serve
the same model, or no endpoint at all, whose door refuses to be asked.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from longctx_synth.errors import EndpointError, SettingsError
from longctx_synth.journal import Journal
from longctx_synth.records import Message
from longctx_synth.settings import Settings


class Door:
    """What a run knows of its endpoint: model, kind, an ask for each case, and what was used so far."""

    def __init__(self, asker: Any, model: str, kind: str, window: int | None = None) -> None:
        self._asker, self.model, self.kind, self.window = asker, model, kind, window

    def case(self, case_id: str, seed: int) -> Any:
        """The ask of one case."""
        return self._asker.case(case_id, seed) if self._asker else _NoModel(self.model, self.kind)

    def faults(self) -> dict[str, int]:
        """What went wrong at the endpoint and was borne, by reason."""
        return dict(self._asker.client.faults) if self._asker else {}

    def usage(self) -> dict[str, Any]:
        """Calls sent and replayed, tokens in and out."""
        if self._asker is None:
            return {}
        usage = self._asker.usage
        return asdict(usage) if is_dataclass(usage) and not isinstance(usage, type) else dict(usage)


class _NoModel:
    count = 0

    def __init__(self, model: str, kind: str) -> None:
        self.model, self.kind = model, kind

    async def __call__(self, messages: Any, **options: Any) -> Any:
        raise EndpointError("This run was set up without a model, and a case asked for one.")


@contextlib.asynccontextmanager
async def session(
    settings: Settings,
    journal: Journal,
    run_dir: Path,
    *,
    needed: bool = True,
    count: Callable[[list[Message]], int] | None = None,
) -> AsyncIterator[Door]:
    """Opens the run's door. `needed=False`: no endpoint is started or looked for."""
    if not needed:
        yield Door(None, "none", "program")
        return
    from longctx_synth.llm.ask import Asker
    from longctx_synth.llm.client import Client
    from longctx_synth.llm.endpoint import describe

    async with contextlib.AsyncExitStack() as stack:
        infos = []
        for url in settings.endpoint:
            if url.split(":", 1)[0] == "embedded":
                from longctx_synth.llm.embedded import WINDOW, serve

                infos.append(await stack.enter_async_context(serve(url, run_dir, window=settings.window or WINDOW)))
            else:
                infos.append(await describe(url, window=settings.window))
        models = sorted({settings.model or info.model for info in infos})
        if len(models) > 1:
            raise SettingsError(
                f"The endpoints serve different models ({', '.join(models)}): replicas must serve the same one, or name "
                "it with --model."
            )
        window = min((info.window for info in infos if info.window), default=None)
        sends_documents = settings.answer == "whole" or (settings.answer == "auto" and not settings.embedded)
        if window is not None and sends_documents and settings.lengths.longest > window:
            raise SettingsError(
                f"--tokens {settings.tokens} asks for prompts of {settings.lengths.longest} tokens, but {infos[0].url} has a "
                f"window of {window}: ask for shorter ones, or --answer pieces, which never sends the document."
            )
        client = await stack.enter_async_context(
            Client(
                infos,
                timeout=settings.timeout,
                retries=settings.retries,
                concurrency=settings.concurrency or 64,
            )
        )
        asker = Asker(client, journal, model=models[0], temperature=settings.temperature, count=count)
        yield Door(asker, models[0], infos[0].kind, window)
