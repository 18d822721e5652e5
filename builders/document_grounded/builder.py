"""document_grounded: long contexts of several documents, and tasks whose answers are bound to them and verified by code.

The program decides world, task, answer and where the evidence stands (`plan`, `tasks`); it writes the answer (`answers`), or a model
writes its sentences or all of it. Over the user's own texts world facts are set into the text, or a model asks about the text itself
(`own`). Every row has a check that an answer without its documents, or with others in their place, fails.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from longctx_synth import checks
from longctx_synth.builder import Ask, Case, SynthBuilder
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.records import Evidence, Message, Record, content_hash
from longctx_synth.review import finding
from longctx_synth.review.refine import Draft, Reviewer, refine
from longctx_synth.review.retell import Retold, retell, reworded
from longctx_synth.review.rules import Rules, said_by
from longctx_synth.scenarios import SITUATION_FIELDS, home
from longctx_synth.strata import even, stable_seed
from longctx_synth.verdict import Verdict
from longctx_synth.world import corpus as corpora
from longctx_synth.world.countries import Home
from longctx_synth.world.dossier.slips import slips
from longctx_synth.world.dossier.task import Task, twin
from longctx_synth.world.dossier.writer import Draft as Facts
from longctx_synth.world.writer import kinds_for as scenario_kinds

from . import answers
from .own import ask_about
from .own_rows import AROUND, OwnPlan, asks_itself, plan_own
from .plan import Plan, Planner, Say

LENGTH_GAP = 0.15  # greatest difference in length of a preference pair (blueprint, section 6)


@dataclass
class Written:
    """An answer that passed, every draft on the way, what judges said.

    words: a model's sentences by step number or fact id, "" where the program's stands.
    """

    text: str
    drafts: list[Draft] = field(default_factory=list)
    judged: list[dict[str, Any]] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)


class DocumentGrounded(SynthBuilder):
    """Questions, extractions, comparisons and summaries over long documents, answered with evidence and verified by code."""

    paradigm = "document_grounded"
    scenario_fields = [
        "task", "source", "world", "question", "asked", "answer_type", "chance", "steps", "depth", "wide", "indirect", "form", "layout",
        "context", "answer_by", "model_worded", "model_stated", *SITUATION_FIELDS,
    ]  # fmt: skip
    uses_scenarios = True

    def setup(self) -> None:
        """Tokenizer, phrasings, who writes what, and the user's documents where given."""
        super().setup()
        if self.settings.language != "en":
            raise SettingsError(
                f"--language {self.settings.language}: document_grounded writes its documents and questions in English; leave it out."
            )
        self.phrasings = yaml.safe_load((self.folder / "phrasings.yaml").read_text("utf-8"))
        self.answer_by = self._answer_by()
        self.corpus = corpora.Corpus.load(Path(self.settings.documents)) if self.settings.documents else None
        shares = None
        if self.corpus is not None:
            # The same shares however many rows are asked for, so that a run can grow.
            weights = {"train": 80, "validation": 8, "test": 12}
            wanted = {split: weights[split] for split in self.settings.wanted}
            shares = self.corpus.shares_for(wanted, self.settings.lengths.longest, self.tokenizer.count)
        every = 2 if self.corpus is not None and self.answer_by == "whole" else 1
        self.planner = Planner(
            self.settings, self.tokenizer, self.phrasings, self.situation, self.corpus, shares, every
        )

    def _answer_by(self) -> str:
        by = self.settings.answer
        return by if by != "auto" else "pieces" if self.settings.embedded else "whole"

    def found_out(self) -> dict[str, str]:
        """The user's documents enter the fingerprint by content."""
        found = super().found_out()
        if self.corpus is None:
            return found | {"documents_sha256": ""}
        texts = "\n".join(" ".join(p.sentences) for file in self.corpus.files for p in file)
        return found | {"documents_sha256": content_hash(texts), "documents_splits": " ".join(self.settings.wanted)}

    def needs_endpoint(self) -> bool:
        """Whether a model is asked at all."""
        return super().needs_endpoint() or self.settings.writer == "model"

    def about_model(self) -> str:
        """What the model did, for the card."""
        over = "documents written by the program from known facts"
        if self.settings.writer == "model":
            over = "documents whose facts are the program's, worded by the model sentence by sentence and verified (`model_worded`)"
        if self.corpus is not None:
            over = "the user's own texts, with known facts set into them"
        return {
            "program": f"Over {over}, answers laid out by code; no model wrote them.",
            "pieces": f"Over {over}, the model wrote one sentence for each finding of an answer, for half of those asked for at least "
            "(`model_stated`: which, of how many); the program's stands where none was right. "
            + (
                "The embedded model was shown findings and facts put alike, and its sentences have their forms. "
                if self.settings.embedded
                else ""
            )
            + "Code verified each sentence and laid them out. Quotations, JSON, abstentions and the lines that give an answer are code's.",
            "whole": f"Over {over}, the model wrote whole answers, which code verified."
            + (
                " Half of the rows ask what the model asked about the text, held to it by a round trip."
                if self.corpus
                else ""
            ),
        }[self.answer_by]

    def limits(self) -> list[str]:
        """What a user should know before training on these rows."""
        return [
            "Checks prove answers, quotations and values, and that no other figure is told; they do not judge style.",
            "The documents' sentences are understandable alone and stand in no order of time: registers and files, not stories.",
            "An abstention is checked for saying so and for giving no figure of its own, not for naming what is missing.",
        ]

    async def make(self, case: Case, ask: Ask) -> list[Record]:
        """Plan, answer, verify, pair, record."""
        if self.corpus is not None and self.answer_by == "whole" and asks_itself(case.number):
            return [await self._own(case, ask)]
        retold = await self._retold(case, ask) if self.settings.writer == "model" else None
        plan = self.plan(case, retold.draft if retold else None)
        plan.told = f"{len(retold.own)}/{len(retold.own) + len(retold.kept)}" if retold else ""
        written = await self._written(case, ask, plan)
        rejected, because = self._rejected(case, plan, written) if self.settings.pairs else ("", "")
        return [self._record(case, ask, plan, written, rejected, because)]

    def plan(self, case: Case, draft: Facts | None = None) -> Plan:
        """What code decides about a row; no model is asked. draft: its facts in other words than the program's."""
        return self.planner.plan(case, draft)

    async def _retold(self, case: Case, ask: Ask) -> Retold:
        """The documents' sentences in the model's words; it never learns which of them are evidence."""
        rng = random.Random(stable_seed(case.seed, "retell"))
        draft = self.planner.draft(case)
        return await retell(draft, ask, rng, attempts=self.settings.attempts, small=self.settings.embedded)

    def gold(self, case: Case, plan: Plan, task: Task | None = None, words: dict[str, str] | None = None) -> str:
        """The answer laid out by code; `task`: over other documents; `words`: a model's sentences by finding."""
        return answers.gold(plan, task or plan.task, self.phrasings, stable_seed(case.seed, "answer"), words)

    # Who writes the answer.

    async def _written(self, case: Case, ask: Ask, plan: Plan) -> Written:
        judged: list[dict[str, Any]] = []
        reviewers = self._reviewers(ask, plan, judged)
        if self.answer_by == "whole":
            room = 500 + len(self.gold(case, plan)) // 2

            async def write(feedback: str, last: Draft | None) -> Draft:
                answer = await ask(self._writer_prompt(plan, feedback, last), max_tokens=room)
                text, repairs = checks.repair(plan.checks, answer.text.strip(), plan.prompt)
                return Draft(text, answer.finish_reason, repairs)

            refined = await refine(write, reviewers, attempts=self.settings.attempts)
            if not refined.passed:
                raise _reject(refined.best.failures[0])
            return Written(refined.best.text, refined.drafts, judged, refined.best.repairs)
        words: dict[str, str] = {}
        if self.answer_by == "pieces" and not plan.missing and plan.name != "extraction":
            words = await self._pieces(case, ask, plan)
        draft = Draft(self.gold(case, plan, words=words))
        for review in reviewers:
            draft.verdicts.update(await review(draft))
            if draft.failures:
                raise _reject(draft.failures[0])
        return Written(draft.text, [draft], judged, words=words)

    async def _pieces(self, case: Case, ask: Ask, plan: Plan) -> dict[str, str]:
        """The model's sentences by step number or fact id, "" where the program's own stands: for half of them at most.

        The documents are never sent.
        """
        task, small = plan.task, self.settings.embedded
        if plan.short:
            told = await finding.word(task, ask, attempts=self.settings.attempts, small=small)
            return {str(step): text for step, text in enumerate(told)}
        facts = [task.draft.world.by_id[fact] for fact in task.solved.facts]
        rng = random.Random(stable_seed(case.seed, "pieces"))
        own = await reworded(task.draft, facts, ask, rng, attempts=self.settings.attempts, small=small)
        if 2 * len(own) < len(facts):
            raise Reject("finding", finding.TOO_FEW)
        return {fact.id: own[fact.id][0] if fact.id in own else "" for fact in facts}

    def _writer_prompt(self, plan: Plan, feedback: str = "", last: Draft | None = None) -> list[Message]:
        return self.templates.messages("answer", **self._due(plan), feedback=feedback, draft=last.text if last else "")

    def _due(self, plan: Plan) -> dict[str, Any]:
        """What the writer of a whole answer is told."""
        solved, said = plan.task.solved, plan.task.draft.said
        values = []
        if plan.name == "extraction":
            values = [f"{entry['path']}: {entry['forms'][0]}" for entry in plan.checks[1]["args"]["values"]]
        return {
            "documents": plan.dossier.text,
            "instruction": plan.instruction,
            "missing": bool(plan.missing),
            "sentences": [said[fact][0] for fact in plan.evidence][:40] if plan.name != "whole" else [],
            "steps": solved.steps if plan.short else [],
            "values": values,
            "answer": solved.answer.text if plan.short else "",
        }

    def _reviewers(self, ask: Ask, plan: Plan, judged: list[dict[str, Any]]) -> list[Reviewer]:
        """Rules, the row's checks, the judges. What judges say is put into `judged`."""
        panel = self.panel(ask)
        # What is due may be said as it was given: it is no part of what must not leak.
        told: dict[str, Any] = {**self._due(plan), "sentences": [], "steps": [], "values": [], "answer": ""}
        rules = Rules(
            language="" if plan.name == "extraction" else "en",
            forbidden=self.forbidden,
            prompt=self.templates.messages("answer", **told, feedback="", draft=""),
            allowed=[
                plan.dossier.text,
                *said_by(plan.checks),
                plan.instruction,
                *(step.what for step in plan.task.solved.steps),
                *(text for text, _ in plan.task.draft.said.values()),
            ],
        )

        async def keeps_rules(draft: Draft) -> dict[str, Verdict]:
            return {f"rules:{name}": v for name, v in rules.review(draft.text, draft.finish_reason).items()}

        async def passes_checks(draft: Draft) -> dict[str, Verdict]:
            return self._checked(plan, draft.text)

        async def pleases_judges(draft: Draft) -> dict[str, Verdict]:
            assert panel is not None
            reviewed = await panel.review(plan.instruction, draft.text, plan.dossier.text, draft=draft.number)
            judged.extend(reviewed.entries())
            return reviewed.verdicts

        return [keeps_rules, passes_checks, *([pleases_judges] if panel else [])]

    def _checked(self, plan: Plan | OwnPlan, text: str) -> dict[str, Verdict]:
        """The verdicts of the row's checks, by "checks:NAME"; of two with one name the failed one counts."""
        found: dict[str, Verdict] = {}
        for spec, verdict in zip(plan.checks, checks.run_all(plan.checks, text, plan.prompt), strict=True):
            name = f"checks:{spec['check']}"
            if name not in found or found[name].passed:
                found[name] = verdict
        return found

    # Rows that the model asks about the user's own text.

    async def _own(self, case: Case, ask: Ask) -> Record:
        """A question of the model's about the text, verified; its answer with the quotation that it rests on."""
        situation = self.situation(case, scenario_kinds(case.split))
        window = self.planner.window(case, case.tokens - AROUND)
        place, indirect = even(case.number // 2, case.base), case.number % 4 == 1
        rng = random.Random(stable_seed(case.seed, "own"))
        asked = await ask_about(
            ask, self.templates, window, rng,
            place=place, indirect=indirect, attempts=self.settings.attempts, forbidden=self.forbidden,
        )  # fmt: skip
        say = Say(self.phrasings, case.split, rng)
        plan = plan_own(
            window, asked, situation, say,
            number=case.number, base=case.base, seed=case.seed, indirect=indirect, target=case.tokens, tokenizer=self.tokenizer,
        )  # fmt: skip
        draft = Draft(plan.answer(say))
        draft.verdicts.update(self._checked(plan, draft.text))
        if draft.failures:
            raise _reject(draft.failures[0])
        rejected, because = "", ""
        if self.settings.pairs:
            size = len(asked.quote)
            elsewhere = min(
                (window.text[a:b] for a, b in window.sentences if b <= asked.sentences[0] or a >= asked.sentences[1]),
                key=lambda text: abs(len(text) - size),
                default="",
            )
            wrong = [(source, plan.answer(say, text.strip().split("\n")[0], elsewhere))
                     for source, text in (("no_document", asked.guess), ("evidence_left_out", asked.without))]  # fmt: skip
            rejected, because = self._failing(plan, wrong, draft.text)
        start, end = asked.span
        drafts = [*asked.drafts, draft]
        draft.number = len(drafts)
        return self.record(
            case,
            ask,
            prompt=plan.prompt,
            text=draft.text,
            checks_=plan.checks,
            answer=asked.answer,
            scenario={
                "task": "qa",
                "source": "own_text",
                "world": "own_text",
                "question": "own_text",
                "asked": asked.question,
                "answer_type": "name",
                "chance": "0.0000",
                "steps": "1",
                "depth": str(int(10 * place)),
                "wide": "no",
                "indirect": "yes" if indirect else "no",
                "form": plan.form,
                "layout": plan.layout,
                "context": f"{plan.offset}-{plan.offset + len(window.text)}",
                "answer_by": self.answer_by,
                "model_worded": "",
                "model_stated": "",
                **situation.values(),
            },
            documents=[window.text],
            evidence=[Evidence(0, 0, start + plan.offset, end + plan.offset, asked.quote)],
            rejected=rejected,
            because=because,
            drafts=drafts,
        )

    # The rejected answer of a preference pair.

    def _rejected(self, case: Case, plan: Plan, written: Written) -> tuple[str, str]:
        """(text, why): a draft that failed, what a hasty reader makes of the same documents, or the answer over other ones."""
        if written.repairs:
            return "", ""
        texts = [("failed_attempt", draft.text) for draft in written.drafts if draft.failures and not draft.repairs]
        return self._failing(plan, itertools.chain(texts, self._wrong(case, plan, written)), written.text)

    def _wrong(self, case: Case, plan: Plan, written: Written) -> Iterator[tuple[str, str]]:
        """Wrong answers with their sources, those out of the documents themselves first."""
        rng = random.Random(stable_seed(case.seed, "slips"))
        for what, slip in slips(plan.task, plan.dossier.spans, rng, left_out=plan.missing):
            if plan.missing:
                seed = stable_seed(case.seed, "claimed")
                yield what, answers.claimed(plan, slip, self.phrasings, seed, len(written.text))
                continue
            try:
                yield what, self.gold(case, plan, slip, self._alike(slip, written))
            except Reject:
                continue
        if not plan.missing:
            try:
                other = twin(plan.task, case.split, count=self.tokenizer.count, home=Home(*home(plan.situation)))
                yield "other_document", self.gold(case, plan, other, self._alike(other, written))
            except Reject:
                pass

    def _alike(self, task: Task, written: Written) -> dict[str, str]:
        """The steps of a wrong answer, put as a model put those of the right one."""
        alike = finding.put_alike(task.solved.steps, list(written.words.values()))
        return {str(step): text for step, text in enumerate(alike)}

    def _failing(self, plan: Plan | OwnPlan, texts: Iterable[tuple[str, str]], text: str) -> tuple[str, str]:
        """The first of (source, text) that fails the row's checks and is about as long as `text`."""
        for source, wrong in texts:
            if abs(len(wrong) - len(text)) > LENGTH_GAP * len(text):
                continue
            failed_ = [name.partition(":")[2] for name, v in self._checked(plan, wrong).items() if not v.passed]
            if failed_:
                return wrong, f"{source}: {', '.join(failed_)}"
        return "", ""

    # The row.

    def _record(self, case: Case, ask: Ask, plan: Plan, written: Written, rejected: str, because: str) -> Record:
        task, dossier = plan.task, plan.dossier
        user = len(plan.prompt) - 1
        evidence = []
        for fact in plan.evidence:
            start, end = dossier.spans[fact]
            place = dossier.passage_of(start)
            evidence.append(Evidence(user, place, start + plan.offset, end + plan.offset, dossier.text[start:end]))
        first = next((dossier.spans[fact][0] for fact in plan.evidence), None)
        depth = "" if first is None else str(int(10 * first / len(dossier.text)))
        return self.record(
            case,
            ask,
            prompt=plan.prompt,
            text=written.text,
            checks_=plan.checks,
            answer=task.solved.answer.text if plan.short else "",
            scenario={
                "task": plan.name,
                "source": plan.source,
                "world": task.world,
                "question": task.question.name,
                "asked": task.ask,
                "answer_type": task.question.answer_type if plan.short else "",
                "chance": f"{task.chance:.4f}" if plan.short else "",
                "steps": str(task.steps),
                "depth": depth,
                "wide": "yes" if task.question.wide else "no",
                "indirect": "yes" if task.indirect else "no",
                "form": plan.form if plan.short or plan.missing else "",
                "layout": plan.layout,
                "context": f"{plan.offset}-{plan.offset + len(dossier.text)}",
                "answer_by": self.answer_by,
                "model_worded": plan.told,
                "model_stated": finding.stated(list(written.words.values())),
                **plan.situation.values(),
            },
            documents=[dossier.text[passage.start : passage.end] for passage in dossier.passages],
            entities=dossier.entities,
            evidence=evidence,
            rejected=rejected,
            because=because,
            drafts=written.drafts,
            judged=written.judged,
            repairs=written.repairs,
        )


def _reject(name: str) -> Reject:
    """A draft's failed verdict as the funnel counts it."""
    stage, _, reason = name.partition(":")
    return Reject(stage, reason) if reason else Reject("draft", stage)
