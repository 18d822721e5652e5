"""verifiable_if: a long document, an instruction with constraints that code can check, and an answer that passes.

The program decides the document, what is asked of it, the constraints and the layout (`plan`); a model writes the language
of the answer, at once or a fact at a time; the row's checks accept it. Every row is bound to its document: facts, their
order, quotations or derived results that an answer without the document cannot have.
"""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from longctx_synth import checks
from longctx_synth.builder import Ask, Case, SynthBuilder
from longctx_synth.checks import CannotCompose
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.records import Evidence, Message, Record, content_hash, prompt_hash, to_json
from longctx_synth.review.statement import states_fact
from longctx_synth.strata import balanced, stable_seed
from longctx_synth.world import corpus as corpora
from longctx_synth.world import writer
from longctx_synth.world.document import Document

FORMS = ("facts", "facts", "ordered", "derived", "quote")
LAYOUTS = ("instruction_first", "instruction_last", "both")
LEADS = (
    'The words "{key}" stand in this passage',
    'On "{key}" the text has the following',
    'The {nth} passage, the one with "{key}", reads',
    'What the document says with "{key}" is this',
    'For "{key}", this is the sentence in question',
    'The document mentions "{key}" as follows',
    'Here the text speaks of "{key}"',
    'As to "{key}", the wording is',
)
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
SPARE = 6  # facts at hand beyond those due, for constraints that want more text
SHORTEST = 200  # tokens that a document has at least
LENGTH_GAP = 0.15  # greatest difference in length of a preference pair (blueprint, section 6)


@dataclass(frozen=True)
class Due:
    """One thing the answer must say: how it is asked for, the value, and sentences that say it."""

    id: str
    ask: str
    value: str
    forms: tuple[str, ...]
    statements: tuple[str, ...]
    span: tuple[int, int] | None  # where the document's sentence for it stands


@dataclass
class Draft:
    """An answer that passed, the repairs it took, how many drafts, and the drafts that failed."""

    text: str
    repairs: list[str]
    attempts: int
    failures: list[str]


@dataclass
class Plan:
    """What code decided about a row before a word of its answer is written."""

    document: Document
    form: str
    layout: str
    due: list[Due]
    spare: list[Due]
    constraints: list[dict[str, Any]]
    truth: list[dict[str, Any]]
    rules: list[str]  # how each constraint is worded, in the order of `constraints`
    instruction: str
    prompt: list[Message]
    offset: int  # where the document starts in the user's message
    quotes: list[str] = field(default_factory=list)
    result: Due | None = None  # the derived answer, where one is asked for

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The row's checks: truth first."""
        return [*self.truth, *self.constraints]


class VerifiableIF(SynthBuilder):
    """Instructions over long documents whose answers are verified by code."""

    paradigm = "verifiable_if"
    scenario_fields = ["kind", "form", "layout", "answer_by", "constraints"]

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
        if self.corpus is not None:
            # The same shares however many rows are asked for, so that a run can grow.
            weights = {"train": 80, "validation": 8, "test": 12}
            wanted = {split: weights[split] for split in self.settings.wanted}
            self.shares = self.corpus.shares_for(wanted, self.settings.lengths.longest, self.tokenizer.count)
        self.examples = [{"role": "system", "content": "You write exact sentences for reports."}]
        for what, value, sentence in EXAMPLES:
            question = self.templates.render("piece.j2", ask=what, value=value, feedback="")
            self.examples += [{"role": "user", "content": question}, {"role": "assistant", "content": sentence}]

    def needs_endpoint(self) -> bool:
        """Whether a model is asked: not by `program`, nor for pieces over the user's own documents."""
        return self.answer_by != "program"

    def found_out(self) -> dict[str, str]:
        """The user's documents enter the fingerprint by content."""
        if self.corpus is None:
            return {"documents_sha256": ""}
        texts = "\n".join(" ".join(p.sentences) for file in self.corpus.files for p in file)
        return {"documents_sha256": content_hash(texts), "documents_splits": " ".join(self.settings.wanted)}

    def about_model(self) -> str:
        """What the model did, for the card."""
        written = "the user's own documents" if self.corpus else "documents written by the program from known facts"
        return {
            "program": f"No model was asked: {written}, answers laid out by code from the program's sentences and, over the "
            "user's own documents, from quotations.",
            "pieces": f"Over {written}, the model wrote one sentence for each fact that was due; code verified each sentence "
            "against its fact and laid them out to meet the constraints. The sentences that pad an answer to a required "
            "length or feature are the program's.",
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
        by = self.answer_by
        write = {"whole": self._whole, "pieces": self._pieces, "program": self._program}[by]
        draft = await write(case, ask, plan)
        rejected, because = "", ""
        if self.settings.pairs and not draft.repairs:
            rejected, because = await self._rejected(case, ask, plan, draft, write)
        return [self._record(case, ask, plan, draft, rejected, because, by)]

    # What code decides.

    def plan(self, case: Case) -> Plan:
        """Document, task, constraints and the row's prompt, at the case's target length; no model is asked."""
        target, tolerance = case.tokens, max(round(case.tokens * 0.02), 16)
        budget = max(target - 260, SHORTEST)
        for _ in range(8):
            document = self._document(case, budget)
            plan = self._task(case, document, random.Random(stable_seed(case.seed, "task")))
            length = self.tokenizer.count_prompt(plan.prompt)
            if abs(length - target) <= tolerance * 0.9:
                return plan
            budget = max(budget + target - length, SHORTEST)
        raise Reject("length", "no document of the right length")

    def _document(self, case: Case, tokens: int, values: str = "") -> Document:
        count = self.tokenizer.count
        if self.corpus is not None:
            # Another window for each slot, for each try and for what stands in this one's place.
            index = case.number + 7919 * case.try_ + (104_729 * (1 + int(values)) if values else 0)
            try:
                return self.corpus.window(case.split, index, tokens, count, shares=self.shares)
            except SettingsError:  # that there is text enough was seen in `setup`; this stretch of it does not fit
                raise Reject("length", "no window of the right length") from None
        kind = balanced(case.number, case.base, writer.kinds_for(case.split))
        return writer.write(
            case.seed, tokens=tokens, count=count, split=case.split, kind=kind,
            values_seed=stable_seed(case.seed, "twin", values) if values else None,
        )  # fmt: skip

    def _task(self, case: Case, document: Document, rng: random.Random) -> Plan:
        form = "quote" if self.corpus is not None else balanced(case.number, case.base + 1, FORMS)
        # A small count can be guessed, and its digit stands in many a text by chance.
        derived = [question for question in document.questions if question.kind in ("extreme", "lookup")]
        if form == "derived" and not derived:
            form = "facts"
        question = rng.choice(derived) if form == "derived" else None
        due, spare = self._due(document, form, rng, hidden=question.forms if question else ())
        plan = Plan(document, form, balanced(case.number, case.base + 2, LAYOUTS), due, spare, [], [], [], "", [], 0)
        if question is not None:
            plan.result = Due("result", question.ask, question.answer, question.forms, question.statements, None)
        plan.truth = self._truth(plan, document)
        if form == "quote":
            plan.quotes = [document.text[slice(*item.span)] for item in due if item.span]
        low, high = self.settings.constraint_range
        k = balanced(case.number, case.base + 3, list(range(low, high + 1)))
        sentences = [item.statements[0] for item in self._said(plan)]
        words = sum(len(sentence.split()) for sentence in [*sentences, *plan.quotes])
        plan.constraints = checks.sample(
            rng, k, split=case.split, n_due=len(sentences), due_words=words, exclude=self.exclude, beside=plan.truth
        )
        self._word(case, plan, rng)
        return plan

    def _said(self, plan: Plan) -> list[Due]:
        return [plan.result, *plan.due] if plan.result else list(plan.due)

    def _due(
        self, document: Document, form: str, rng: random.Random, hidden: tuple[str, ...] = ()
    ) -> tuple[list[Due], list[Due]]:
        """What the answer must say, and a few more facts for where a constraint wants more text.

        hidden: forms of a result that the instruction must not give away, so no fact is asked for under such a name.
        """
        if self.corpus is not None:
            wanted = rng.choice((1, 2, 2, 3))
            keyed = corpora.distinct_sentences(document, rng, wanted)
            if len(keyed) < wanted:
                raise Reject("document", "too few sentences that can be asked for")
            items = []
            placed = sorted((document.text.index(sentence), sentence, key) for sentence, key in keyed)
            for index, (start, sentence, key) in enumerate(placed):
                lead = rng.choice(LEADS).format(key=key, nth=("first", "second", "third")[index])
                items.append(Due(f"q{start}", f'"{key}"', key, (key,), (lead,), (start, start + len(sentence))))
            return items, []
        facts = {fact.ask: fact for fact in document.facts if not any(form in fact.ask for form in hidden)}
        wanted = {
            "facts": rng.choice((2, 3, 3, 4)),
            "ordered": rng.choice((3, 4)),
            "derived": 1,
            "quote": rng.choice((1, 2)),
        }
        chosen = rng.sample(sorted(facts), min(wanted[form] + SPARE, len(facts)))
        if len(chosen) < wanted[form]:
            raise Reject("document", "too few facts")
        sentences: set[str] = set()
        due: list[Due] = []
        spare: list[Due] = []
        for ask in chosen:
            fact = facts[ask]
            item = _of_fact(fact, document)
            twice = fact.sentence in sentences or any(
                fact.value == other.value or fact.value in other.ask or other.value in fact.ask for other in due
            )
            sentences.add(fact.sentence)
            (spare if twice or len(due) == wanted[form] else due).append(item)
        if len(due) < wanted[form]:
            raise Reject("document", "too few facts")
        return due, spare

    def _truth(self, plan: Plan, document: Document) -> list[dict[str, Any]]:
        """The document-bound checks."""
        facts = [{"name": item.ask, "forms": list(item.forms)} for item in self._said(plan)]
        if plan.form == "quote":
            spans = [document.text[slice(*item.span)] for item in plan.due if item.span]
            shortest = min(len(span.split()) for span in spans)
            return [
                {
                    "check": "quotes_document",
                    "args": {
                        "count": len(spans),
                        "min_words": min(shortest, 8),
                        "containing": [item.value for item in plan.due],
                    },
                }
            ]
        truth = [{"check": "facts_mentioned", "args": {"facts": facts}}]
        if plan.form == "ordered":
            truth.append({"check": "ordered_items", "args": {"items": [fact["forms"] for fact in facts]}})
        return truth

    def _word(self, case: Case, plan: Plan, rng: random.Random) -> None:
        """Words the row's own prompt: instruction, constraints, document, in one of the layouts."""
        say = functools.partial(_choose, rng, self.phrasings, case.split)
        text, reader = say("text"), say("reader")
        fields = {"text": text, "text_": text[0].upper() + text[1:], "reader": reader}
        if plan.result is not None:
            fields["question"] = plan.result.ask
        opening = say(plan.form).format(**fields)
        opening = opening[0].upper() + opening[1:]
        asks = [f"the sentence that mentions {item.ask}" if self.corpus else item.ask for item in plan.due]
        mark = rng.choice(("- ", "* ", "{}. ", "({}) "))
        listed = "\n".join(mark.format(i + 1) + ask for i, ask in enumerate(asks))
        rules = plan.rules = [checks.phrase(spec, rng, case.split) for spec in plan.constraints]
        bullet = rng.choice(("- ", "* ", ""))
        joined = "\n".join(bullet + rule for rule in rules) if bullet else " ".join(rules)
        plan.instruction = f"{opening}\n{listed}\n\n{say('constraints')}\n{joined}"
        frame = say("document").format(document="\0", number=rng.randint(1, 9))
        parts = {
            "instruction_first": [plan.instruction, frame],
            "instruction_last": [frame, plan.instruction],
            "both": [plan.instruction, frame, say("reminder")],
        }[plan.layout]
        user = "\n\n".join(parts)
        plan.offset = user.index("\0")
        user = user.replace("\0", plan.document.text)
        plan.prompt = [{"role": "user", "content": user}]
        if rng.random() < 0.4:
            plan.prompt.insert(0, {"role": "system", "content": say("system")})

    # Who writes the answer.

    def gold(self, case: Case, plan: Plan, key: str = "") -> Draft:
        """An answer that passes, written without a model: the program's statements, laid out by code."""
        rng = random.Random(stable_seed(case.seed, "answer", key))
        due = [rng.choice(item.statements) for item in self._said(plan)]
        spare = [rng.choice(item.statements) for item in plan.spare]
        return self._compose(plan, due, spare, rng)

    async def _program(self, case: Case, ask: Ask, plan: Plan, key: str = "") -> Draft:
        return self.gold(case, plan, key)

    async def _pieces(self, case: Case, ask: Ask, plan: Plan, key: str = "") -> Draft:
        """The model writes a sentence a fact, each verified; code lays them out. The document is never sent."""
        rng = random.Random(stable_seed(case.seed, "answer", key))
        due = [await self._piece(ask, item) for item in self._said(plan)]
        spare = [rng.choice(item.statements) for item in plan.spare]
        return self._compose(plan, due, spare, rng)

    async def _piece(self, ask: Ask, item: Due) -> str:
        feedback = ""
        for _ in range(self.settings.attempts):
            question = self.templates.render("piece.j2", ask=item.ask, value=item.value, feedback=feedback)
            messages = [*self.examples, {"role": "user", "content": question}]
            # A first draft is free to vary; one that failed is mended better at a low temperature.
            answer = await ask(messages, max_tokens=90, stop=["\n"], temperature=0.2 if feedback else None)
            text = answer.text.strip()
            verdict = states_fact(text, ask=item.ask, value=item.value, forms=item.forms, wordings=item.statements)
            if verdict.passed and answer.finish_reason != "length":
                return text
            feedback = verdict.feedback or "It was too long."
        raise Reject("piece", "no sentence states the fact and only the fact")

    async def _whole(self, case: Case, ask: Ask, plan: Plan, key: str = "") -> Draft:
        """The model writes the answer from the document, with feedback on what failed."""
        feedback, last = "", ""
        failures: list[str] = []
        for attempt in range(1, self.settings.attempts + 1):
            prompt = self.templates.render(
                "whole.j2", document=plan.document.text, instruction=plan.instruction,
                due=[] if plan.form == "quote" else self._said(plan), feedback=feedback, draft=last,
            )  # fmt: skip
            answer = await ask([{"role": "user", "content": prompt}], max_tokens=self._room(plan))
            if answer.finish_reason == "length":
                feedback, last = "It was cut off; write less.", answer.text
                continue
            text, repairs = checks.repair(plan.checks, answer.text.strip(), plan.prompt)
            verdict = checks.judge(plan.checks, text, plan.prompt)
            if verdict.passed:
                return Draft(text, repairs, attempt, failures)
            failures.append(answer.text.strip())
            feedback, last = verdict.feedback, answer.text
        raise Reject("draft", self._worst(plan, failures[-1]) if failures else "cut off at the token limit")

    def _worst(self, plan: Plan, text: str) -> str:
        """The name of the first check that the text fails."""
        verdicts = checks.run_all(plan.checks, text, plan.prompt)
        return next(spec["check"] for spec, verdict in zip(plan.checks, verdicts, strict=True) if not verdict.passed)

    def _room(self, plan: Plan) -> int:
        quoted = sum(len(quote) for quote in plan.quotes)
        return 700 + quoted // 2

    def _compose(self, plan: Plan, due: list[str], spare: list[str], rng: random.Random) -> Draft:
        if plan.quotes:
            due = [f'{lead.rstrip(".:")}: "{quote}"' for lead, quote in zip(due, plan.quotes, strict=True)]
        try:
            text = checks.compose(plan.constraints, due, spare, plan.prompt, rng)
        except CannotCompose as error:
            raise Reject("compose", "the constraints cannot be met with these facts") from error
        verdict = checks.judge(plan.checks, text, plan.prompt)
        if not verdict.passed:
            raise Reject("checks", self._worst(plan, text))
        return Draft(text, [], 1, [])

    # The rejected answer of a preference pair.

    async def _rejected(self, case: Case, ask: Ask, plan: Plan, draft: Draft, write: Any) -> tuple[str, str]:
        """(text, why) of an answer that fails the row's checks and is about as long; ("", "") where none was found."""
        sources = ["failed_attempt"] if draft.failures else []
        sources += balanced(case.number, case.base + 4, SOURCES)
        for source in sources:
            for round_ in range(2 if self.answer_by == "pieces" else 4):
                try:
                    if source == "failed_attempt":
                        text = draft.failures[0]
                    elif source == "other_document":
                        text = (await write(case, ask, self.swapped(case, plan, round_), f"{source} {round_}")).text
                    else:
                        text = (await write(case, ask, _without_one(plan, case.rng), f"{source} {round_}")).text
                except Reject:
                    continue
                verdicts = checks.run_all(plan.checks, text, plan.prompt)
                failed = [spec["check"] for spec, v in zip(plan.checks, verdicts, strict=True) if not v.passed]
                if failed and abs(len(text) - len(draft.text)) <= LENGTH_GAP * len(draft.text):
                    return text, f"{source}: {', '.join(dict.fromkeys(failed))}"
                if source == "failed_attempt":
                    break
        return "", ""

    def swapped(self, case: Case, plan: Plan, round_: int) -> Plan:
        """The same task on another document in this one's place."""
        length = self.tokenizer.count(plan.document.text)
        document = self._document(case, length, values=str(round_))
        other = Plan(**{**vars(plan), "document": document})
        if self.corpus is not None:
            other.due, other.spare = self._due(
                document, plan.form, random.Random(stable_seed(case.seed, "due", round_))
            )
            if len(other.due) != len(plan.due):
                raise Reject("twin", "the other document has too little")
        else:
            known = {fact.id: fact for fact in document.facts}
            if not all(item.id in known for item in [*plan.due, *plan.spare]):
                raise Reject("twin", "the other document lacks a fact")
            other.due = [_of_fact(known[item.id], document) for item in plan.due]
            other.spare = [_of_fact(known[item.id], document) for item in plan.spare]
        if plan.result is not None:
            same = [question for question in document.questions if question.ask == plan.result.ask]
            if not same:
                raise Reject("twin", "the other document lacks the question")
            other.result = Due("result", same[0].ask, same[0].answer, same[0].forms, same[0].statements, None)
        other.truth = self._truth(other, document)
        other.quotes = [document.text[slice(*item.span)] for item in other.due if item.span] if plan.quotes else []
        other.prompt = [{**m, "content": m["content"].replace(plan.document.text, document.text)} for m in plan.prompt]
        return other

    # The row.

    def _record(self, case: Case, ask: Ask, plan: Plan, draft: Draft, rejected: str, because: str, by: str) -> Record:
        completion = [{"role": "assistant", "content": draft.text}]
        head, tail = self.tokenizer.count_row(plan.prompt, completion)
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
        return Record(
            id=case.row_id,
            prompt=plan.prompt,
            completion=completion,
            chosen=completion if rejected else [],
            rejected=[{"role": "assistant", "content": rejected}] if rejected else [],
            rejected_because=because,
            checks=to_json(plan.checks),
            answer=plan.result.value if plan.result else "",
            tokens=head + tail,
            paradigm=self.paradigm,
            split=case.split,
            case=case.id,
            scenario={
                "kind": plan.document.kind,
                "form": plan.form,
                "layout": plan.layout,
                "answer_by": by,
                "constraints": ",".join(sorted(spec["check"] for spec in plan.constraints)),
            },
            documents=[content_hash(plan.document.text)],
            entities=sorted(content_hash(name) for name in plan.document.entities),
            evidence=evidence,
            target_tokens=case.tokens,
            prompt_tokens=head,
            completion_tokens=tail,
            tokenizer=self.tokenizer.name,
            verdicts=to_json([{"check": spec["check"], "passed": True} for spec in plan.checks]),
            model=ask.model,
            endpoint_kind=ask.kind,
            prompt_hash=prompt_hash(plan.prompt),
            seed=case.seed,
            attempts=draft.attempts + case.try_,
            repairs=draft.repairs,
        )


SOURCES = (
    ["other_document"],
    ["other_document"],
    ["other_document"],
    ["constraint_left_out", "other_document"],
)


def _choose(rng: random.Random, phrasings: dict[str, dict[str, list[str]]], split: str, what: str) -> str:
    return rng.choice(phrasings[what][split])


def _without_one(plan: Plan, rng: random.Random) -> Plan:
    """The same task with one of its constraints left out, of the checks and of the instruction."""
    if not plan.constraints:
        raise Reject("twin", "no constraint to leave out")
    dropped = rng.randrange(len(plan.constraints))
    kept = [spec for index, spec in enumerate(plan.constraints) if index != dropped]
    instruction = plan.instruction.replace(plan.rules[dropped], "")
    return Plan(**{**vars(plan), "constraints": kept, "instruction": instruction})


def _of_fact(fact: Any, document: Document) -> Due:
    start = document.text.rfind(fact.sentence, 0, fact.end + len(fact.sentence))
    return Due(fact.id, fact.ask, fact.value, fact.forms, fact.statements, (start, start + len(fact.sentence)))
