"""What code decides about a row before a word of its answer is written: document, task, layers, constraints, the row's prompt.

A plan is a pure function of a case and the settings, so it can be made again at any time: for the answer without noise, for
lm-eval, for another document in this one's place.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from longctx_synth import checks, noise
from longctx_synth.builder import Case
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.layers import Due, Layer, Setting, complexify
from longctx_synth.records import Message
from longctx_synth.scenarios import Situation, home
from longctx_synth.settings import Settings
from longctx_synth.strata import balanced, stable_seed
from longctx_synth.tokens import Tokenizer
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
STYLE_FIELDS = {"tone", "formality", "guidance"}  # asked of an answer only where a model writes all of it
NEUTRAL_FIELDS = {"audience", "expertise", "tone", "formality", "guidance"}  # true of any document
SENTENCES = {"scenario", "stakes", "time frame", "tone", "guidance"}  # fields that are sentences, not phrases
FIELD_NAMES = {"document": "file"}  # in phrasings.yaml, where `document` frames the document itself
# Constraints that prescribe English words; they make no sense where the answer has another language.
WORDED = {
    "keywords_present", "keyword_frequency", "starts_with", "ends_with", "nth_paragraph_first_word", "summary_line",
    "postscript", "labelled_lines", "signed", "ordinal_openers", "repeats_first", "letter_frequency", "sections", "json_keys",
    "table", "json_schema", "date_format", "numbers_with_unit",
}  # fmt: skip
ROOMY = 640  # tokens below which a prompt has no room for layers
FIELD_ROOM = {1000: 3, ROOMY: 1}  # tokens below which a prompt has room for so many scenario fields at most
SPARE = 6  # facts at hand beyond those due, for constraints that want more text
SHORTEST = 200  # tokens that a document has at least


@dataclass
class Plan:
    """What code decided about a row before a word of its answer is written."""

    situation: Situation
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
    layers: list[Layer] = field(default_factory=list)
    noise: list[str] = field(default_factory=list)  # transformations that the writer is told to apply
    fields: dict[str, str] = field(default_factory=dict)  # the scenario fields that reach the prompt, by name
    missing: Due | None = None  # an item of the list that the document does not hold

    @property
    def asked(self) -> list[Due]:
        """The items of the instruction's list, in its order."""
        return [*self.due, self.missing] if self.missing else list(self.due)

    @property
    def said(self) -> list[Due]:
        """All that the answer says, in an order that keeps to what a layer asks."""
        said = [self.result, *self.asked] if self.result else self.asked
        for layer in self.layers:
            if layer.order:
                early, late = (next(item for item in said if item.id == name) for name in layer.order)
                said.remove(early)
                said.insert(said.index(late), early)
        return [*said, *(item for layer in self.layers for item in layer.due)]

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The row's checks: truth first."""
        return [*self.truth, *self.constraints]


@dataclass
class Planner:
    """Plans rows. answer_by: who will write the answer; shares: the corpus's, by split; situation: of a case, given the kinds."""

    settings: Settings
    tokenizer: Tokenizer
    phrasings: dict[str, dict[str, list[str]]]
    situation: Callable[[Case, list[str]], Situation]
    answer_by: str
    language: str
    exclude: frozenset[str]
    corpus: corpora.Corpus | None
    shares: Any

    def plan(self, case: Case) -> Plan:
        """Situation, document, task, layers, constraints and the row's prompt, at the case's target length; no model is asked."""
        target, tolerance = case.tokens, max(round(case.tokens * 0.02), 16)
        situation = self.situation(case, writer.kinds_for(case.split))
        budget = max(target - (320 if self.corpus is None else 240), SHORTEST)
        for _ in range(8):
            document = self._document(case, situation, budget)
            plan = self._task(case, situation, document, random.Random(stable_seed(case.seed, "task")))
            length = self.tokenizer.count_prompt(plan.prompt)
            if abs(length - target) <= tolerance * 0.9:
                return plan
            budget = max(budget + target - length, SHORTEST)
        raise Reject("length", "no document of the right length")

    def _document(self, case: Case, situation: Situation, tokens: int, values: str = "") -> Document:
        count = self.tokenizer.count
        if self.corpus is not None:
            # Another window for each slot, for each try and for what stands in this one's place.
            index = case.number + 7919 * case.try_ + (104_729 * (1 + int(values)) if values else 0)
            try:
                return self.corpus.window(case.split, index, tokens, count, shares=self.shares)
            except SettingsError:  # that there is text enough was seen in `setup`; this stretch of it does not fit
                raise Reject("length", "no window of the right length") from None
        return writer.write(
            case.seed, tokens=tokens, count=count, split=case.split, kind=situation.kind, home=writer.Home(*home(situation)),
            values_seed=stable_seed(case.seed, "twin", values) if values else None,
        )  # fmt: skip

    def _task(self, case: Case, situation: Situation, document: Document, rng: random.Random) -> Plan:
        form = "quote" if self.corpus is not None else balanced(case.number, case.base + 1, FORMS)
        # A small count can be guessed, and its digit stands in many a text by chance.
        derived = [question for question in document.questions if question.kind in ("extreme", "lookup")]
        if form == "derived" and not derived:
            form = "facts"
        question = rng.choice(derived) if form == "derived" else None
        due, spare = self._due(document, form, rng, hidden=question.forms if question else ())
        layout = balanced(case.number, case.base + 2, LAYOUTS)
        plan = Plan(situation, document, form, layout, due, spare, [], [], [], "", [], 0)
        if question is not None:
            plan.result = Due("result", question.ask, question.answer, question.forms, question.statements)
        if form == "quote":
            plan.quotes = [document.text[slice(*item.span)] for item in due if item.span]
        self._complexify(case, plan, rng)
        plan.truth = self._truth(plan, document)
        plan.noise = (
            noise.chosen(case.number, case.base + 6, self.settings.noise) if self.answer_by != "program" else []
        )
        low, high = self.settings.constraint_range
        k = balanced(case.number, case.base + 3, list(range(low, high + 1)))
        sentences = [item.statements[0] for item in plan.said]
        words = sum(len(sentence.split()) for sentence in [*sentences, *plan.quotes])
        exclude = self.exclude | (WORDED if self.settings.language != "en" else set())
        plan.constraints = checks.sample(
            rng, k, split=case.split, n_due=len(sentences), due_words=words, exclude=exclude, beside=plan.truth
        )
        self._word(case, plan, rng)
        return plan

    def _complexify(self, case: Case, plan: Plan, rng: random.Random) -> None:
        """Adds the slot's number of constraint layers. A short prompt has no room, a user's own document no facts for them."""
        low, high = self.settings.layer_range
        k = balanced(case.number, case.base + 5, list(range(low, high + 1)))
        if self.corpus is not None or case.tokens < ROOMY:
            return
        setting = Setting(plan.situation, plan.document, plan.due, plan.form, case.split, self.settings.language)
        plan.layers = complexify(setting, k, case.number, case.base + 7, rng)
        plan.missing = next((layer.asked for layer in plan.layers if layer.asked), None)

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
        if self.settings.language != "en":  # what every language writes alike
            facts = {ask: fact for ask, fact in facts.items() if fact.kind in ("person", "place", "code")}
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
        """The checks that are no matter of form: what the document, the layers and the language ask for."""
        truth: list[dict[str, Any]] = []
        if plan.form == "quote":
            spans = [document.text[slice(*item.span)] for item in plan.due if item.span]
            least = min(*(len(span.split()) for span in spans), 8)
            values = [item.value for item in plan.due]
            args = {"count": len(spans), "min_words": least, "containing": values}
            truth.append({"check": "quotes_document", "args": args})
        own = {item.id for layer in plan.layers for item in layer.due}
        said = [item for item in plan.said if item.id not in own and (plan.form != "quote" or item is plan.missing)]
        if said:
            truth.append(_facts(said))
        if plan.form == "ordered":
            truth.append({"check": "ordered_items", "args": {"items": [list(item.forms) for item in plan.due]}})
        layered = [item for layer in plan.layers for item in layer.due]
        if layered:
            truth.append(_facts(layered))
        truth += [spec for layer in plan.layers for spec in layer.specs]
        forms = {item.id: list(item.forms) for item in plan.due}
        truth += [
            {"check": "ordered_items", "args": {"items": [forms[name] for name in layer.order]}}
            for layer in plan.layers
            if layer.order
        ]
        if self.settings.language != "en":
            truth.append({"check": "language", "args": {"code": self.settings.language}})
        return truth

    def _fields(self, case: Case, plan: Plan) -> dict[str, str]:
        """The scenario fields that reach the prompt, by name, at most `--fields` of them; few where the prompt is short."""
        limit = self.settings.field_limit
        for room, most in FIELD_ROOM.items():
            if case.tokens < room:
                limit = most if limit is None else min(limit, most)
        found = plan.situation.fields()
        if self.corpus is not None and not self.settings.scenarios:
            # An invented scenario would contradict the user's own text; how to write for whom does not.
            found = [pair for pair in found if pair[0] in NEUTRAL_FIELDS]
        if self.answer_by != "whole":
            found = [pair for pair in found if pair[0] not in STYLE_FIELDS]
        return dict(found[:limit])

    def _word(self, case: Case, plan: Plan, rng: random.Random) -> None:
        """Words the row's own prompt: background, instruction, layers, constraints, document, in one of the layouts."""
        say = functools.partial(_choose, rng, self.phrasings, case.split)
        plan.fields = self._fields(case, plan)
        text = say("text") if "guidance" not in plan.fields else "a text"  # which kind of text, the guidance tells
        reader = plan.fields.get("audience") or say("reader")
        fields = {"text": text, "text_": text[0].upper() + text[1:], "reader": reader}
        if plan.result is not None:
            fields["question"] = plan.result.ask
        opening = _upper(say(plan.form).format(**fields))
        told = [
            _upper(say(name).format(value=value if name in SENTENCES else value.rstrip(".")))
            for name, value in ((FIELD_NAMES.get(name, name), value) for name, value in plan.fields.items())
            if name != "audience"  # the instruction names the reader
        ]
        if self.settings.language != "en":
            told.append(f"Write in {self.language}.")
        background = " ".join(told)
        asks = [f"the sentence that mentions {item.ask}" if self.corpus else item.ask for item in plan.asked]
        mark = rng.choice(("- ", "* ", "{}. ", "({}) "))
        listed = "\n".join(mark.format(i + 1) + ask for i, ask in enumerate(asks))
        rules = plan.rules = [checks.phrase(spec, rng, case.split) for spec in plan.constraints]
        bullet = rng.choice(("- ", "* ", ""))
        joined = "\n".join(bullet + rule for rule in rules) if bullet else " ".join(rules)
        between = " ".join(layer.prose for layer in plan.layers)
        stretches = [background, f"{opening}\n{listed}", between, f"{say('constraints')}\n{joined}"]
        plan.instruction = "\n\n".join(stretch for stretch in stretches if stretch)
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

    def swapped(self, case: Case, plan: Plan, round_: int) -> Plan:
        """The same task on another document in this one's place."""
        length = self.tokenizer.count(plan.document.text)
        document = self._document(case, plan.situation, length, values=str(round_))
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
            other.result = Due("result", same[0].ask, same[0].answer, same[0].forms, same[0].statements)
        other.truth = self._truth(other, document)
        other.quotes = [document.text[slice(*item.span)] for item in other.due if item.span] if plan.quotes else []
        other.prompt = [{**m, "content": m["content"].replace(plan.document.text, document.text)} for m in plan.prompt]
        return other


def _facts(items: list[Due]) -> dict[str, Any]:
    facts = [{"name": item.ask, "forms": list(item.forms)} for item in items]
    return {"check": "facts_mentioned", "args": {"facts": facts}}


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _choose(rng: random.Random, phrasings: dict[str, dict[str, list[str]]], split: str, what: str) -> str:
    return rng.choice(phrasings[what][split])


def without_one(plan: Plan, rng: random.Random) -> Plan:
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
