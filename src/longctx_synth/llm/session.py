"""The door to the models for one run: endpoints found or started, the client, and an `ask` for every case.

What happens between is nobody's business above: an embedded server that lives as long as the run, replicas that must serve
the same model, judges behind endpoints of their own, or no endpoint at all, whose door refuses to be asked. Endpoints that
several parties use are opened once.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longctx_synth.errors import EndpointError, SettingsError
from longctx_synth.journal import Journal
from longctx_synth.records import Message
from longctx_synth.settings import Settings

if TYPE_CHECKING:
    from longctx_synth.llm.ask import Asker
    from longctx_synth.llm.client import Client
    from longctx_synth.llm.endpoint import EndpointInfo

Count = Callable[[list[Message]], int]


class Door:
    """What a run knows of its endpoint: model, kind, an ask for each case, and what was used so far, judges included."""

    def __init__(
        self,
        asker: Asker | None,
        model: str,
        kind: str,
        window: int | None = None,
        slots: int | None = None,
        judges: list[Asker] | None = None,
    ) -> None:
        self._asker, self.model, self.kind, self.window, self.slots = asker, model, kind, window, slots
        self._judges = judges or []

    @property
    def judge_models(self) -> list[str]:
        """The judges' models, in order."""
        return [judge.model for judge in self._judges]

    def case(self, case_id: str, seed: int) -> Any:
        """The ask of one case."""
        return self._asker.case(case_id, seed) if self._asker else _NoModel(self.model, self.kind)

    def judges(self, case_id: str, seed: int) -> list[Any]:
        """An ask of each judge for one case. Two judges may be the same model: each has a name of its own in the journal."""
        return [judge.case(f"{case_id}#judge{index}", seed) for index, judge in enumerate(self._judges)]

    def faults(self) -> dict[str, int]:
        """What went wrong at the endpoints and was borne, by reason."""
        clients = {id(asker.client): asker.client for asker in [self._asker, *self._judges] if asker}
        total: Counter[str] = Counter()
        for client in clients.values():
            total.update(client.faults)
        return dict(total)

    def usage(self) -> dict[str, Any]:
        """Calls sent and replayed, tokens in and out; of them, what the judges used."""
        if self._asker is None and not self._judges:
            return {}
        total: Counter[str] = Counter()
        for asker in [self._asker, *self._judges]:
            if asker is not None:
                total.update(asdict(asker.usage))
        if self._judges:
            total["judge_calls"] = sum(judge.usage.sent + judge.usage.replayed for judge in self._judges)
        return dict(total)


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
    windowed: bool = False,
    count: Count | None = None,
) -> AsyncIterator[Door]:
    """Opens the run's door. `needed=False`: no endpoint is started or looked for, but the judges' own.

    windowed: no request holds a row's whole prompt, so that may be longer than the endpoint's window.
    """
    from longctx_synth.llm.ask import Asker

    async with contextlib.AsyncExitStack() as stack:
        doors = _Endpoints(stack, settings, run_dir)
        judges = []
        for url, model in settings.judges:
            infos, client = await doors.open([url])
            judges.append(Asker(client, journal, model=model or infos[0].model, temperature=0.0, count=count))
        if not needed:
            yield Door(None, "none", "program", judges=judges)
            return
        infos, client = await doors.open(settings.endpoint)
        models = sorted({settings.model or info.model for info in infos})
        if len(models) > 1:
            raise SettingsError(
                f"The endpoints serve different models ({', '.join(models)}): replicas must serve the same one, or name "
                "it with --model."
            )
        window = min((info.window for info in infos if info.window), default=None)
        sends_documents = settings.answer == "whole" or (settings.answer == "auto" and not settings.embedded)
        if window is not None and sends_documents and not windowed and settings.lengths.longest > window:
            raise SettingsError(
                f"--tokens {settings.tokens} asks for prompts of {settings.lengths.longest} tokens, but {infos[0].url} has a "
                f"window of {window}: ask for shorter ones, or --answer pieces, which never sends the document."
            )
        asker = Asker(client, journal, model=models[0], temperature=settings.temperature, count=count)
        slots = sum(info.slots or 0 for info in infos) or None
        yield Door(asker, models[0], infos[0].kind, window, slots, judges)


class _Endpoints:
    """Opens endpoints, each set of replicas once, however many parties ask for it."""

    def __init__(self, stack: contextlib.AsyncExitStack, settings: Settings, run_dir: Path) -> None:
        self.stack, self.settings, self.run_dir = stack, settings, run_dir
        self.infos: dict[str, EndpointInfo] = {}
        self.clients: dict[tuple[str, ...], tuple[list[EndpointInfo], Client]] = {}

    async def open(self, urls: list[str]) -> tuple[list[EndpointInfo], Client]:
        from longctx_synth.llm.client import Client

        key = tuple(urls)
        if key not in self.clients:
            infos = [await self._info(url) for url in urls]
            client = Client(
                infos,
                timeout=self.settings.timeout,
                retries=self.settings.retries,
                concurrency=self.settings.concurrency or 64,
            )
            self.clients[key] = infos, await self.stack.enter_async_context(client)
        return self.clients[key]

    async def _info(self, url: str) -> EndpointInfo:
        from longctx_synth.llm.embedded import WINDOW, serve
        from longctx_synth.llm.endpoint import describe

        if url not in self.infos:
            if url.split(":", 1)[0] == "embedded":
                serving = serve(url, self.run_dir, window=self.settings.window or WINDOW)
                self.infos[url] = await self.stack.enter_async_context(serving)
            else:
                self.infos[url] = await describe(url, window=self.settings.window)
        return self.infos[url]
