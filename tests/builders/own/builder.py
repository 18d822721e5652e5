"""A paradigm for the tests of document_grounded's questions about the user's own text: one question a window, nothing else."""

from __future__ import annotations

import sys
import types
from pathlib import Path

from longctx_synth.builder import Ask, Case, SynthBuilder
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.prompts import Templates
from longctx_synth.records import Evidence, Record, content_hash, prompt_hash, to_json
from longctx_synth.strata import even
from longctx_synth.world.corpus import Corpus

FOLDER = Path(__file__).parents[3] / "builders" / "document_grounded"
# As a package, so that its modules import each other; under a name of its own, since `load_builder` has the real one.
_package = sys.modules.setdefault("document_grounded_own", types.ModuleType("document_grounded_own"))
_package.__path__ = [str(FOLDER)]

from document_grounded_own import own  # noqa: E402


class Own(SynthBuilder):
    paradigm = "own"
    scenario_fields = ["question"]

    def setup(self) -> None:
        super().setup()
        self.templates = Templates(FOLDER / "prompts")
        self.corpus = Corpus.load(self.settings.documents)

    async def make(self, case: Case, ask: Ask) -> list[Record]:
        room = case.tokens - 60
        try:
            window = self.corpus.window(case.split, case.number + 7919 * case.try_, room, self.tokenizer.count)
        except SettingsError:
            raise Reject("length", "no window of the right length") from None
        place = even(case.number, case.base)
        asked = await own.ask_about(ask, self.templates, window, case.rng, place=place, attempts=self.settings.attempts)
        prompt = [{"role": "user", "content": f"{window.text}\n\n{asked.question}"}]
        completion = [{"role": "assistant", "content": f'{asked.answer}: "{asked.quote}"'}]
        head, tail = self.tokenizer.count_row(prompt, completion)
        facts = [{"name": asked.question, "forms": list(asked.forms)}]
        truth = [
            {"check": "facts_mentioned", "args": {"facts": facts}},
            {"check": "quotes_document", "args": {"count": 1, "containing": list(asked.forms)}},
        ]
        return [
            Record(
                id=case.row_id,
                prompt=prompt,
                completion=completion,
                checks=to_json(truth),
                answer=asked.answer,
                tokens=head + tail,
                paradigm=self.paradigm,
                split=case.split,
                case=case.id,
                scenario={"question": asked.question},
                documents=[content_hash(window.text)],
                evidence=[Evidence(0, 0, *asked.span, asked.quote)],
                target_tokens=head,
                prompt_tokens=head,
                completion_tokens=tail,
                tokenizer=self.tokenizer.name,
                model=ask.model,
                endpoint_kind=ask.kind,
                prompt_hash=prompt_hash(prompt),
                seed=case.seed,
                attempts=len(asked.drafts),
            )
        ]
