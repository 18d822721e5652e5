"""verifiable_if: a long document, an instruction with constraints that code can check, and an answer that passes.

The program decides the situation, the document, what is asked of it, layers, constraints and layout (`plan.py`); a model
writes the language of the answer, at once or a fact at a time; rules, the row's checks and, where there are any, judges
accept it. Every row is bound to its document: facts, their order, quotations or derived results that an answer without the
document cannot have.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from longctx_synth import checks, noise
from longctx_synth.builder import Ask, Case, SynthBuilder
from longctx_synth.checks import CannotCompose
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.layers import Due
from longctx_synth.metrics.noise import noise_figures
from longctx_synth.records import Evidence, Message, Record, content_hash
from longctx_synth.review.refine import Draft, Reviewer, refine
from longctx_synth.review.rules import Rules, said_by
from longctx_synth.review.statement import CLOSE, states_fact
from longctx_synth.scenarios import SITUATION_FIELDS
from longctx_synth.strata import balanced, stable_seed
from longctx_synth.verdict import Verdict
from longctx_synth.world import corpus as corpora

from .plan import Plan, Planner, without_one

# What a small model needs to see: three facts in the form of piece.j2, told with different openings.
EXAMPLES = (
    (
        "the height of the north wall of the Ostrel depot",
        "3.1 metres",
        "The north wall of the Ostrel depot has a height of 3.1 metres.",
    ),
    (
        "the person who signed the delivery note for the steel doors",
        "Ada Brandt",
        "Ada Brandt signed the delivery note for the steel doors.",
    ),
    (
        "the number under which the permit for the east yard is filed",
        "PN-77/4",
        "The permit for the east yard is filed under the number PN-77/4.",
    ),
)
PIECE_FIELDS = {"scenario", "audience", "place", "stakes", "tone"}  # what a writer of single sentences can use
RESULT_CLOSE = 0.93
LENGTH_GAP = 0.15  # greatest difference in length of a preference pair (blueprint, section 6)


@dataclass
class Written:
    """An answer that passed: its text, the repairs it took, every draft on the way, and what judges said of them."""

    text: str
    repairs: list[str] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    judged: list[dict[str, Any]] = field(default_factory=list)


class VerifiableIF(SynthBuilder):
    """Instructions over long documents whose answers are verified by code."""

    paradigm = "verifiable_if"
    scenario_fields = ["kind", "form", "layout", "answer_by", "constraints", "layers", "fields", *SITUATION_FIELDS]
    uses_scenarios = True

    def setup(self) -> None:
        """Tokenizer, phrasings, and the user's documents where given."""
        super().setup()
        self.phrasings = yaml.safe_load((self.folder / "phrasings.yaml").read_text("utf-8"))
        self.answer_by = self.settings.answer
        if self.answer_by == "auto":
            self.answer_by = "pieces" if self.settings.embedded else "whole"
        if self.answer_by == "pieces" and self.settings.documents:
            # Seen: a small model's sentence on a quotation it does not understand is often untrue, and no check can tell.
            self.answer_by = "program"
        self.exclude = frozenset(self.settings.exclude_checks)
        unknown = self.exclude - {"ifeval", *checks.names()}
        if unknown:
            raise SettingsError(
                f"--exclude-checks {sorted(unknown)[0]}: there is no such check; give a check's name or 'ifeval'."
            )
        self.corpus = corpora.Corpus.load(Path(self.settings.documents)) if self.settings.documents else None
        shares = None
        if self.corpus is not None:
            # The same shares however many rows are asked for, so that a run can grow.
            weights = {"train": 80, "validation": 8, "test": 12}
            wanted = {split: weights[split] for split in self.settings.wanted}
            shares = self.corpus.shares_for(wanted, self.settings.lengths.longest, self.tokenizer.count)
        self.planner = Planner(
            self.settings,
            self.tokenizer,
            self.phrasings,
            self.situation,
            self.answer_by,
            self.language,
            self.exclude,
            self.corpus,
            shares,
        )
        if self.settings.language != "en" and self.answer_by != "whole":
            raise SettingsError(
                f"--language {self.settings.language}: the program's own sentences are English, so other languages need "
                "--answer whole and a model that writes them."
            )

    def needs_endpoint(self) -> bool:
        """Whether a model is asked: not by `program`, nor for pieces over the user's own documents."""
        return self.answer_by != "program"

    def found_out(self) -> dict[str, str]:
        """The user's documents enter the fingerprint by content."""
        found = super().found_out()
        if self.corpus is None:
            return found | {"documents_sha256": ""}
        texts = "\n".join(" ".join(p.sentences) for file in self.corpus.files for p in file)
        return found | {"documents_sha256": content_hash(texts), "documents_splits": " ".join(self.settings.wanted)}

    def about_model(self) -> str:
        """What the model did, for the card."""
        written = "the user's own documents" if self.corpus else "documents written by the program from known facts"
        return {
            "program": f"No model was asked: {written}, answers laid out by code from the program's sentences and, over the "
            "user's own documents, from quotations.",
            "pieces": f"Over {written}, the model wrote one sentence for each fact that was due; code verified each sentence "
            "against its fact and laid them out to meet the constraints. The sentences that constraint layers ask for, and those "
            "that pad an answer to a required length or feature, are the program's.",
            "whole": f"Over {written}, the model wrote whole answers, which code verified.",
        }[self.answer_by]

    def limits(self) -> list[str]:
        """What a user should know before training on these rows."""
        told = [
            "Checks prove that the facts due stand in the answer and that its form is as asked; they do not judge style.",
            "Rows test finding and stating facts, deriving simple results and keeping to a form; they hold no longer reasoning.",
        ]
        if self.answer_by != "whole":
            told.append("The layout of the answers is the program's, so their variety of structure is bounded by it.")
        return told

    async def make(self, case: Case, ask: Ask) -> list[Record]:
        """Plan, answer, verify, pair, record."""
        plan = self.plan(case)
        written = await self._written(case, ask, plan)
        rejected, because = "", ""
        if self.settings.pairs and not written.repairs:
            rejected, because = await self._rejected(case, ask, plan, written)
        return [self._record(case, ask, plan, written, rejected, because)]

    def plan(self, case: Case) -> Plan:
        """What code decides about a row; no model is asked."""
        return self.planner.plan(case)

    # Who writes the answer.

    async def _written(self, case: Case, ask: Ask, plan: Plan, key: str = "") -> Written:
        """An answer that passes rules, checks and, where judges gate, judges; Reject where none does."""
        if self.answer_by == "whole":
            return await self._whole(case, ask, plan)
        pieces = await self.pieces(ask, plan) if self.answer_by == "pieces" else None
        written = self.gold(case, plan, key, pieces)
        draft = Draft(written.text)
        for review in self._reviewers(ask, plan, written.judged):
            draft.verdicts.update(await review(draft))
            if draft.failures:
                raise _reject(draft.failures[0])
        written.drafts = [draft]
        return written

    def gold(self, case: Case, plan: Plan, key: str = "", pieces: dict[str, str] | None = None) -> Written:
        """An answer laid out by code from a sentence for each thing due: the program's own where `pieces` has none.

        Its checks have passed when it returns; raises Reject where the constraints cannot be met.
        """
        rng = random.Random(stable_seed(case.seed, "answer", key))
        pieces = pieces or {}
        due = [pieces.get(item.id) or rng.choice(item.statements) for item in plan.said]
        if plan.quotes:
            leads = iter(plan.quotes)
            quoted = {item.id for item in plan.due}
            due = [
                f'{sentence.rstrip(".:")}: "{next(leads)}"' if item.id in quoted else sentence
                for item, sentence in zip(plan.said, due, strict=True)
            ]
        spare = [rng.choice(item.statements) for item in plan.spare]
        never = [spec for spec in plan.truth if spec["check"] == "forbids"]
        spare = [sentence for sentence in spare if all(v.passed for v in checks.run_all(never, sentence, ""))]
        try:
            text = checks.compose(plan.constraints, due, spare, plan.prompt, rng)
        except CannotCompose as error:
            raise Reject("compose", "the constraints cannot be met with these facts") from error
        for name, verdict in self._checked(plan, text).items():
            if not verdict.passed:
                raise _reject(name)
        return Written(text)

    async def pieces(self, ask: Ask, plan: Plan) -> dict[str, str]:
        """By id, a sentence of the model's for each fact that is due, each verified. The document is never sent."""
        told = [value for name, value in plan.fields.items() if name in PIECE_FIELDS]
        heads: list[Message] = []
        for what, value, sentence in EXAMPLES:
            asked = self.templates.messages("piece", ask=what, value=value, feedback="", noise="", fields=told)
            heads += [*(asked[:-1] if not heads else []), asked[-1], {"role": "assistant", "content": sentence}]
        own = {item.id for layer in plan.layers for item in layer.due} | {"missing"}
        items = [item for item in plan.said if item.id not in own]
        pieces = {}
        for item in items:
            pieces[item.id] = await self._piece(ask, item, [*heads, *self._like(plan, item)], plan.noise)
        return pieces

    def _like(self, plan: Plan, item: Due) -> list[Message]:
        """One more example: the same thing said of another subject of the document, where there is one.

        A small model does not know how to tell "how long X was off the road"; shown once, it does.
        """
        own = next((fact for fact in plan.document.facts if fact.id == item.id), None)
        if own is None:
            return []
        for fact in plan.document.facts:
            if fact.attribute == own.attribute and fact.subject != own.subject and fact.value != own.value:
                asked = self.templates.messages(
                    "piece", ask=fact.ask, value=fact.value, feedback="", noise="", fields=[]
                )[-1]
                return [asked, {"role": "assistant", "content": fact.statements[len(fact.ask) % len(fact.statements)]}]
        return []

    async def _piece(self, ask: Ask, item: Due, heads: list[Message], asked: list[str]) -> str:
        async def write(feedback: str, last: Draft | None) -> Draft:
            # Truth goes before variety: the later half of the attempts is plain.
            varied = asked if last is None or 2 * last.number < self.settings.attempts else []
            told = noise.instruction(varied)
            question = self.templates.messages(
                "piece", ask=item.ask, value=item.value, feedback=feedback, noise=told, fields=[]
            )[-1]
            # A first draft is free to vary; one that failed is mended better at a low temperature.
            warm = 0.2 if feedback else None
            answer = await ask([*heads, question], max_tokens=90, stop=["\n"], temperature=warm)
            return Draft(answer.text.strip(), answer.finish_reason)

        async def true(draft: Draft) -> dict[str, Verdict]:
            forms, wordings = item.forms, item.statements
            # Who is the answer to a question: what is said of him beyond the question's own words is most often wrong.
            close = RESULT_CLOSE if item.id == "result" else CLOSE
            verdict = states_fact(
                draft.text, ask=item.ask, value=item.value, forms=forms, wordings=wordings, close=close
            )
            return {"true": verdict}

        refined = await refine(write, [true], attempts=self.settings.attempts)
        if not refined.passed:
            raise Reject("piece", "no sentence states the fact and only the fact")
        return refined.best.text

    async def _whole(self, case: Case, ask: Ask, plan: Plan) -> Written:
        """The model writes the answer from the document; what failed is fed back."""
        judged: list[dict[str, Any]] = []

        async def write(feedback: str, last: Draft | None) -> Draft:
            answer = await ask(self._writer_prompt(plan, feedback, last), max_tokens=self._room(plan))
            text, repairs = checks.repair(plan.checks, answer.text.strip(), plan.prompt)
            return Draft(text, answer.finish_reason, repairs)

        refined = await refine(write, self._reviewers(ask, plan, judged), attempts=self.settings.attempts)
        if not refined.passed:
            raise _reject(refined.best.failures[0])
        return Written(refined.best.text, refined.best.repairs, refined.drafts, judged)

    def _writer_prompt(self, plan: Plan, feedback: str = "", last: Draft | None = None) -> list[Message]:
        return self.templates.messages(
            "whole",
            document=plan.document.text,
            instruction=plan.instruction,
            due=[] if plan.form == "quote" else plan.said,
            fields=list(plan.fields.items()),
            noise=noise.instruction(plan.noise),
            feedback=feedback,
            draft=last.text if last else "",
        )

    def _reviewers(self, ask: Ask, plan: Plan, judged: list[dict[str, Any]]) -> list[Reviewer]:
        """Who looks at a draft, the cheapest first: rules, the row's checks, the judges. What judges say is put into `judged`."""
        panel = self.panel(ask)
        rules = Rules(
            language=self.settings.language,
            forbidden=self.forbidden,
            prompt=self._writer_prompt(plan),
            allowed=[plan.document.text, *said_by(plan.checks), *(item.ask for item in plan.said), *plan.rules],
        )

        async def keeps_rules(draft: Draft) -> dict[str, Verdict]:
            return {f"rules:{name}": v for name, v in rules.review(draft.text, draft.finish_reason).items()}

        async def passes_checks(draft: Draft) -> dict[str, Verdict]:
            return self._checked(plan, draft.text)

        async def pleases_judges(draft: Draft) -> dict[str, Verdict]:
            assert panel is not None
            reviewed = await panel.review(plan.instruction, draft.text, plan.document.text, draft=draft.number)
            judged.extend(reviewed.entries())
            return reviewed.verdicts

        return [keeps_rules, passes_checks, *([pleases_judges] if panel else [])]

    def _checked(self, plan: Plan, text: str) -> dict[str, Verdict]:
        """The verdicts of the row's checks, by "checks:NAME"; of two with one name the failed one counts."""
        found: dict[str, Verdict] = {}
        for spec, verdict in zip(plan.checks, checks.run_all(plan.checks, text, plan.prompt), strict=True):
            name = f"checks:{spec['check']}"
            if name not in found or found[name].passed:
                found[name] = verdict
        return found

    def _room(self, plan: Plan) -> int:
        quoted = sum(len(quote) for quote in plan.quotes)
        return 700 + quoted // 2

    # What noise did.

    async def measured(self, sample: list[Record], ask_for: Callable[[Case], Ask]) -> dict[str, str]:
        """A sample of noisy rows is written once more without noise; both are compared, the model's own words alone."""
        pairs = []
        for record in [record for record in sample if record.noise][: self.settings.noise_sample]:
            split, number, try_ = record.case.split("/")[1:]
            case = self.case(split, int(number), int(try_))
            plan = self.plan(case)
            try:
                noisy = await self._words(case, ask_for(case), plan)  # from the journal: it was paid for
                plan.noise = []
                pairs.append((noisy, await self._words(case, ask_for(case), plan)))
            except Reject:
                continue
        return noise_figures(pairs)

    async def _words(self, case: Case, ask: Ask, plan: Plan) -> str:
        """What the model wrote for an answer."""
        if self.answer_by == "whole":
            return (await self._whole(case, ask, plan)).text
        return " ".join((await self.pieces(ask, plan)).values())

    # The rejected answer of a preference pair.

    async def _rejected(self, case: Case, ask: Ask, plan: Plan, written: Written) -> tuple[str, str]:
        """(text, why) of an answer that fails the row's checks and is about as long; ("", "") where none was found."""
        failed_drafts = [draft.text for draft in written.drafts if draft.failures and not draft.repairs]
        sources = ["failed_attempt"] if failed_drafts else []
        sources += balanced(case.number, case.base + 4, SOURCES + (BLIND if self.answer_by == "whole" else ()))
        for source in sources:
            for round_ in range(2 if self.answer_by == "pieces" else 4):
                try:
                    if source == "failed_attempt":
                        text = failed_drafts[min(round_, len(failed_drafts) - 1)]
                    elif source == "no_document":
                        text = await self._guess(ask, plan)
                    elif source == "other_document":
                        other = self.planner.swapped(case, plan, round_)
                        text = (await self._unjudged(case, ask, other, f"{source} {round_}")).text
                    else:
                        other = without_one(plan, case.rng)
                        text = (await self._unjudged(case, ask, other, f"{source} {round_}")).text
                except Reject:
                    continue
                failed = [name.partition(":")[2] for name, v in self._checked(plan, text).items() if not v.passed]
                if failed and abs(len(text) - len(written.text)) <= LENGTH_GAP * len(written.text):
                    return text, f"{source}: {', '.join(failed)}"
        return "", ""

    async def _guess(self, ask: Ask, plan: Plan) -> str:
        """What the model answers without the document. A refusal teaches nothing but to refuse less: it is no rejected answer."""
        messages = self.templates.messages("blind", instruction=plan.instruction)
        answer = await ask(messages, max_tokens=self._room(plan))
        text = answer.text.strip()
        if answer.finish_reason == "length" or not checks.run({"check": "no_refusal"}, text, plan.prompt).passed:
            raise Reject("twin", "no guess without the document")
        return text

    async def _unjudged(self, case: Case, ask: Ask, plan: Plan, key: str) -> Written:
        """An answer that is to be rejected: no judge is paid for it."""
        return await self._written(case, _Unjudged(ask), plan, key)

    # The row.

    def _record(self, case: Case, ask: Ask, plan: Plan, written: Written, rejected: str, because: str) -> Record:
        user = len(plan.prompt) - 1
        spans = [item.span for item in plan.due if item.span]
        if plan.result is not None:
            question = next(q for q in plan.document.questions if q.ask == plan.result.ask)
            facts = [plan.document.fact(fact) for fact in question.facts]
            spans += [(fact.start, fact.end) for fact in facts]
        evidence = [
            Evidence(user, 0, start + plan.offset, end + plan.offset, plan.document.text[start:end])
            for start, end in sorted(set(spans))
        ]
        return self.record(
            case,
            ask,
            prompt=plan.prompt,
            text=written.text,
            checks_=plan.checks,
            answer=plan.result.value if plan.result else "",
            scenario={
                "kind": plan.document.kind,
                "form": plan.form,
                "layout": plan.layout,
                "answer_by": self.answer_by,
                "constraints": ",".join(sorted(spec["check"] for spec in plan.constraints)),
                "layers": ",".join(layer.name for layer in plan.layers),
                "fields": ",".join(plan.fields),
                **plan.situation.values(),
            },
            documents=[plan.document.text],
            entities=plan.document.entities,
            evidence=evidence,
            rejected=rejected,
            because=because,
            drafts=written.drafts,
            judged=written.judged,
            noise=plan.noise,
            repairs=written.repairs,
        )


SOURCES = (
    ["other_document"],
    ["other_document"],
    ["other_document"],
    ["constraint_left_out", "other_document"],
)
BLIND = (["no_document", "other_document"],)  # a guess wants a model that writes whole answers


class _Unjudged:
    """A case's ask without its judges."""

    judges: Sequence[Any] = ()

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ask, name)

    async def __call__(self, messages: list[Message], **options: Any) -> Any:
        return await self._ask(messages, **options)


def _reject(name: str) -> Reject:
    """A draft's failed verdict as the funnel counts it: "checks:word_count" is the stage checks, the reason word_count."""
    stage, _, reason = name.partition(":")
    return Reject(stage, reason) if reason else Reject("draft", stage)
