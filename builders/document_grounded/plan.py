"""What code decides about a row before a word of its answer is written: task, world, question, documents, checks, the row's prompt.

A slot's number fixes its task: a fixed round of 40 in which each task comes at even distances, so the shares hold on every prefix. Within a
task its own slots are counted, and that count fixes the kind of world, the question, its steps and the place of the evidence (`pose`). A
question that cannot be answered is one of `qa`'s, worded by the same lists, whose one needed fact is not told: nothing in the prompt
tells the two apart but the documents.
"""

from __future__ import annotations

import functools
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from longctx_synth import checks
from longctx_synth.builder import Case
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.records import Message
from longctx_synth.scenarios import Situation, home
from longctx_synth.settings import Settings
from longctx_synth.strata import balanced, even, stable_seed
from longctx_synth.tokens import Tokenizer
from longctx_synth.world import corpus as corpora
from longctx_synth.world import prose
from longctx_synth.world.countries import Home
from longctx_synth.world.document import Document
from longctx_synth.world.dossier import writer
from longctx_synth.world.dossier.kinds import KINDS
from longctx_synth.world.dossier.model import QuestionKind, for_split
from longctx_synth.world.dossier.task import WORLDS, Task, fit, kinds_for, pose
from longctx_synth.world.dossier.writer import Dossier, Draft, Passage
from longctx_synth.world.prose import capitalised
from longctx_synth.world.writer import kinds_for as scenario_kinds

from . import tasks
from .gaps import lacking
from .own_places import set_into

SHARES = {"qa": 12, "whole": 11, "extraction": 4, "comparison": 4, "synthesis": 3, "summary": 3, "unanswerable": 3}
ROUND = sum(SHARES.values())
LAYOUTS = ("question_last", "question_first", "both")
FORMS = ("line_last", "line_last", "line_first", "bare_last", "sentence_last")
STYLES = ("stepwise", "list", "numbered", "inline")
# Tokens of a prompt that are not documents, about.
AROUND = {"extraction": 250, "comparison": 180, "summary": 150, "synthesis": 95, "whole": 115}
WORDS_AROUND = 130
OWN_SHARE, OWN_LEAST = (
    0.3,
    420,
)  # of a user's own text, the share of tokens that the facts set into it take; tokens that they need
UNSURE = 0.4  # how often a prompt says what to do where there is no answer, whether or not there is one
MOST_TALLIES = 12  # steps that an answer over the whole may be asked to give
POSED = 8  # questions that are tried before none is found that a left-out fact leaves open
VARIANTS = ("difference", "override", "difference", "greater")
GENERIC = {
    kind.name: kind
    for kind in (tasks.GATHER, tasks.SUMMARY, tasks.EXTRACT, tasks.DIFFERENCE, tasks.GREATER, tasks.OVERRIDE)
}
# Constraints of form that suit a summary.
FOR_SUMMARIES = {
    "bold_leads", "bullets", "divided", "ends_with", "highlights", "line_count", "markdown_title", "nested_bullets", "numbered_list",
    "ordinal_openers", "paragraph_count", "sections", "sentence_per_line", "starts_with", "summary_line", "title",
}  # fmt: skip


def _round() -> tuple[str, ...]:
    """The tasks of 40 slots in a row, the one that is most behind its share next."""
    done: Counter[str] = Counter()
    order = []
    for place in range(1, ROUND + 1):
        task = max(SHARES, key=lambda name: SHARES[name] * place / ROUND - done[name])
        done[task] += 1
        order.append(task)
    return tuple(order)


TASKS = _round()


def task_of(number: int) -> tuple[str, int]:
    """A slot's task, and how many slots before it had the same."""
    rounds, place = divmod(number, ROUND)
    task = TASKS[place]
    return task, rounds * SHARES[task] + TASKS[:place].count(task)


def place_of(number: int, base: int) -> float:
    """Where a slot's evidence begins, as a share of the context; `base` is the split's."""
    name, rank = task_of(number)
    return even(rank, stable_seed(base, "task", name))


@dataclass(frozen=True, slots=True)
class Say:
    """Draws from the lists of phrasings what a split may use."""

    phrasings: Mapping[str, Sequence[str]]
    split: str
    rng: random.Random

    def __call__(self, list_: str, /, **words: str) -> str:
        """A line of a list, its slots filled. KeyError where a slot has no word."""
        return prose.render(self.rng.choice(self.all(list_)), words)[0]

    def all(self, what: str) -> list[str]:
        """The lines of a list that the split may use."""
        return for_split(self.phrasings[what], self.split)


@dataclass
class Plan:
    """What code decided about a row before a word of its answer is written.

    name: the task's. missing: id of the fact that is not told, "" where there is an answer. wants: the names of the lists of instructions
    that were drawn from. constraints: a summary's, of form.
    """

    situation: Situation
    name: str
    task: Task
    split: str
    form: str
    style: str
    layout: str
    source: str
    missing: str = ""
    instruction: str = ""
    wants: tuple[str, ...] = ()
    constraints: list[dict[str, Any]] = field(default_factory=list)
    dossier: Dossier = field(default_factory=lambda: Dossier("", [], {}, {}, [], []))
    prompt: list[Message] = field(default_factory=list)
    offset: int = 0
    checks: list[dict[str, Any]] = field(default_factory=list)
    told: str = ""  # how many of the documents' facts the model worded, of how many

    @property
    def evidence(self) -> list[str]:
        """Ids of the facts that the answer rests on and that the documents tell, in order of use."""
        return [fact for fact in dict.fromkeys(self.task.solved.facts) if fact in self.dossier.spans]

    @property
    def short(self) -> bool:
        """Whether there is one short exact answer."""
        return self.name in ("qa", "whole", "comparison")


@dataclass
class Planner:
    """Plans rows. situation: of a case, given the kinds; corpus, shares: the user's own texts, where given.

    every: of how many slots one is planned here, where a model asks the others itself.
    """

    settings: Settings
    tokenizer: Tokenizer
    phrasings: dict[str, list[str]]
    situation: Callable[[Case, Sequence[str]], Situation]
    corpus: corpora.Corpus | None = None
    shares: Mapping[str, float] | None = None
    every: int = 1

    def draft(self, case: Case) -> Draft:
        """The facts of a case in the program's sentences, as `plan` will make them. Raises Reject."""
        name, rank = task_of(case.number // self.every)
        return self._task(case, name, rank, self.situation(case, scenario_kinds(case.split)))[0].draft

    def plan(self, case: Case, draft: Draft | None = None) -> Plan:
        """Task, documents and the row's prompt at the case's target length; no model is asked. Raises Reject.

        draft: the case's own, in other words than the program's.
        """
        name, rank = task_of(case.number // self.every)
        situation = self.situation(case, scenario_kinds(case.split))
        task, missing = self._task(case, name, rank, situation)
        task.draft = draft or task.draft
        base = stable_seed(case.base, name)
        plan = Plan(
            situation, name, task, case.split,
            form=balanced(rank, base + 1, FORMS), style=balanced(rank, base + 2, STYLES), layout=balanced(rank, base + 3, LAYOUTS),
            source="set_into" if self.corpus else "world", missing=missing,
        )  # fmt: skip
        prompt_of = self._worded(case, plan)
        if self.corpus is None:
            plan.dossier, plan.prompt = fit(task, case.tokens, self.tokenizer, prompt_of, leave_out=missing)
        else:
            plan.dossier, plan.prompt = self._fit_own(case, plan, prompt_of)
        plan.offset = plan.prompt[-1]["content"].index(plan.dossier.text)
        plan.checks = self._checks(plan)
        return plan

    # The task.

    def _task(self, case: Case, name: str, rank: int, situation: Situation) -> tuple[Task, str]:
        """The task and the id of the fact that is to be left out, "" for none."""
        base, place = stable_seed(case.base, "task", name), Home(*home(situation))
        around = AROUND.get(name, WORDS_AROUND)
        tokens = case.tokens - around
        if self.corpus is not None:
            tokens = max(round(OWN_SHARE * tokens), min(round(0.6 * tokens), OWN_LEAST))
        posed = functools.partial(
            pose,
            number=rank,
            base=base,
            split=case.split,
            tokens=tokens,
            count=self.tokenizer.count,
            home=place,
            reworded=self.settings.writer == "model",
        )
        if name == "whole":
            return posed(case.seed, fits=lambda kind: kind.wide), ""
        if name in ("qa", "unanswerable"):
            wanted = narrow(case.split)
            for attempt in range(POSED):
                # Where a long world's questions rest on too much to quote, or leave nothing open, few steps will do, then other questions.
                task = posed(
                    stable_seed(case.seed, attempt), number=rank + 1000 * max(attempt - 2, 0), fits=wanted.__contains__,
                    steps=(1, 2, 3) if attempt else None,
                )  # fmt: skip
                if len(set(task.solved.facts)) > tasks.MOST_EVIDENCE:
                    continue
                task.place, needed = place_of(case.number // self.every, case.base), task.solved.needed
                if name == "qa":
                    return task, ""
                if not needed or not lacking(task, needed):
                    continue
                if task.question.solve(task.draft.world.without(needed), task.params) is None:
                    return task, needed
            raise Reject("question", "no such question in a world of this length")
        names = {"extraction": ["extract"], "synthesis": ["all_about"], "summary": ["summary"]}.get(name)
        if names is None:
            first = balanced(rank, base + 5, VARIANTS)
            names = [first, *(other for other in ("difference", "override") if other != first)]
        return self._generic(case, rank, base, tokens, names, situation), ""

    def _generic(
        self, case: Case, rank: int, base: int, tokens: int, names: Sequence[str], situation: Situation
    ) -> Task:
        """A question of `tasks` over a world; the next name where a world has none of the first."""
        first, kinds = balanced(rank, base + 11, kinds_for(case.split)), kinds_for(case.split)
        place, reader = Home(*home(situation)), situation.audience.name
        for attempt in range(WORLDS):
            seed = f"{case.seed}/{attempt}"
            rng = random.Random(f"question:{seed}")
            # Other kinds only where two worlds of the first had no such question, or were too large for the length.
            world = first if attempt < 2 else rng.choice(kinds)
            try:
                draft = writer.draft(
                    world,
                    seed,
                    case.split,
                    tokens=tokens,
                    count=self.tokenizer.count,
                    home=place,
                    reworded=self.settings.writer == "model",
                )
            except Reject:
                continue
            for kind in (GENERIC[name] for name in (names if attempt else names[:1])):
                params = kind.choose(draft.world, rng, 0)
                solved = params and kind.solve(draft.world, params)
                if params and solved and _names_nothing_else(draft, params):
                    kind = replace(kind, answer_type=tasks.answer_type(kind, draft.world, params))
                    ask = _asked(draft, kind, params, Say(self.phrasings, case.split, rng), reader)
                    return Task(
                        draft, kind, params, ask, solved, place_of(case.number // self.every, case.base), seed, tokens
                    )
        raise Reject("question", f"no {names[0]} in a world of this length")

    # The row's prompt.

    def _worded(self, case: Case, plan: Plan) -> Callable[[Dossier], list[Message]]:
        """Words the instruction; returns how documents become the row's prompt."""
        rng = random.Random(stable_seed(case.seed, "wording"))
        say = Say(self.phrasings, case.split, rng)
        stage, asks = plan.task.draft.world.stage, plan.short or bool(plan.missing)
        question = (lambda: say("ask", question=plan.task.ask)) if asks else (lambda: plan.task.ask)
        parts = [question(), *self._details(plan, say)]
        if case.tokens >= 640:
            parts.insert(0, say("background", role=plan.situation.role, org=stage.org, city=stage.city))
        plan.wants = tuple(self._wants(plan, rng))
        plan.instruction = _joined([*parts, *map(say, plan.wants)])
        system = say("system") if rng.random() < 0.35 else ""
        frame, reminder = rng.choice(say.all("frame")), question()

        def prompt_of(dossier: Dossier) -> list[Message]:
            framed = frame.replace("{documents}", dossier.text)
            user = {
                "question_first": [plan.instruction, framed],
                "question_last": [framed, plan.instruction],
                "both": [reminder, framed, plan.instruction],
            }[plan.layout]
            messages = [{"role": "system", "content": system}] if system else []
            return [*messages, {"role": "user", "content": "\n\n".join(user)}]

        return prompt_of

    def _wants(self, plan: Plan, rng: random.Random) -> list[str]:
        """Which instructions go with the question. Whether the documents hold the answer has no part in it."""
        unsure = ["unsure"] if rng.random() < UNSURE else []
        if plan.name in ("qa", "unanswerable", "comparison"):
            return ["cite", *unsure, plan.form]
        if plan.name == "whole":
            return (
                ["tally", *unsure, plan.form] if len(plan.task.solved.steps) <= MOST_TALLIES else [*unsure, plan.form]
            )
        if plan.name == "synthesis":
            return ["in_order", "no_gossip"]
        return ["json_only"] if plan.name == "extraction" else []

    def _details(self, plan: Plan, say: Say) -> list[str]:
        """What belongs to a question: a schema, a list of what must be told, rules of form. Stretches with a line break stand apart."""
        task = plan.task
        if plan.name == "extraction":
            schema = json.dumps(tasks.schema(task.draft.world, task.params), ensure_ascii=False)
            return [say("keyed", key=tasks.key_word(task.draft.world, task.params), schema=schema)]
        if plan.name != "summary":
            return []
        self._constrain(plan, say.rng)
        mark, must = say.rng.choice(("- ", "* ", "")), task.params["must"]
        listed = "\n" + "\n".join(mark + text for text in must) if mark else f" {prose.listed(must)}."
        told = [f"{say('must').rstrip(':') if mark else say('must')}{':' if mark else ''}{listed}"]
        if plan.constraints:
            bullet = say.rng.choice(("- ", "* ", ""))
            rules = [checks.phrase(spec, say.rng, plan.split) for spec in plan.constraints]
            told.append(f"{say('rules')}\n" + "\n".join(bullet + rule for rule in rules))
        return told

    def _constrain(self, plan: Plan, rng: random.Random) -> None:
        """A summary's constraints of form, and a limit of words with room for what must be told."""
        said = [text for text, _ in (plan.task.draft.said[fact] for fact in plan.task.solved.facts)]
        words = sum(len(text.split()) for text in said)
        low, high = self.settings.constraint_range
        exclude = {*(set(checks.eligible(plan.split)) - FOR_SUMMARIES), *self.settings.exclude_checks}
        try:
            plan.constraints = checks.sample(
                rng, rng.randint(min(low, 2), min(high, 2)), split=plan.split, n_due=len(said), due_words=words,
                exclude=exclude, beside=self._told(plan),
            )  # fmt: skip
        except SettingsError:
            raise Reject("constraints", "no constraints of form go together") from None
        if "word_count" not in self.settings.exclude_checks:
            # Room for titles, labels and sentences that the other constraints bring.
            most = -(-(round(1.25 * words) + 25 + 10 * len(plan.constraints)) // 10) * 10
            limit = {"check": "word_count", "args": {"at_most": most}}
            if checks.compatible([*plan.constraints, limit, *self._told(plan)]) is None:
                plan.constraints.append(limit)

    # The user's own texts.

    def _fit_own(
        self, case: Case, plan: Plan, prompt_of: Callable[[Dossier], list[Message]]
    ) -> tuple[Dossier, list[Message]]:
        """The facts set into a window of the user's text, the whole prompt at its length within 2 % or 16 tokens."""
        said = {fact: text for fact, (text, _) in plan.task.draft.said.items() if fact != plan.missing}
        tokens = case.tokens - self.tokenizer.count_prompt(prompt_of(Dossier("", [], {}, {}, [], [])))
        tokens -= sum(self.tokenizer.count(" " + text) for text in said.values())
        tolerance = max(round(case.tokens * 0.02), 16)
        for _ in range(8):
            window = self.window(case, tokens)
            dossier = _set(plan.task, said, window, random.Random(stable_seed(case.seed, "places")))
            prompt = prompt_of(dossier)
            missing = case.tokens - self.tokenizer.count_prompt(prompt)
            if abs(missing) <= tolerance * 0.8:
                return dossier, prompt
            tokens += missing
        raise Reject("length", "no context of the right length")

    def window(self, case: Case, tokens: int) -> Document:
        """The case's window of the user's texts. Raises Reject where there is none of this length."""
        assert self.corpus is not None
        index = case.number + 7919 * case.try_
        try:
            return self.corpus.window(case.split, index, max(tokens, 40), self.tokenizer.count, shares=self.shares)
        except SettingsError:
            raise Reject("length", "no window of the right length") from None

    # The checks.

    def _checks(self, plan: Plan) -> list[dict[str, Any]]:
        solved, world, params = plan.task.solved, plan.task.draft.world, plan.task.params
        if plan.missing:
            return self._open(plan)
        if plan.name == "extraction":
            return [
                {"check": "json_schema", "args": {"schema": tasks.schema(world, params)}},
                {"check": "json_values", "args": {"values": tasks.json_forms(world, params)}},
            ]
        if plan.name in ("synthesis", "summary"):
            return [*self._told(plan), *plan.constraints]
        specs: list[dict[str, Any]] = [
            {"check": "final_answer", "args": {"answer": solved.answer.text, "forms": list(solved.answer.forms)}}
        ]
        if "tally" in plan.wants and len(solved.steps) > 1:
            # In what order the results are told, and by which counts a total is reached, is the writer's affair.
            results = {step.value.text: {"name": step.what, "forms": list(step.value.forms)} for step in solved.steps}
            least = -(-len(results) // 2)
            specs.append({"check": "facts_mentioned", "args": {"facts": list(results.values()), "at_least": least}})
        if "cite" in plan.wants:
            before = sum(len(message["content"]) + 2 for message in plan.prompt[:-1]) + plan.offset
            spans = sorted(plan.dossier.spans[fact] for fact in plan.evidence)
            specs.append(
                {"check": "evidence_cited", "args": {"spans": [[start + before, end + before] for start, end in spans]}}
            )
        return specs

    def _open(self, plan: Plan) -> list[dict[str, Any]]:
        """An abstention; where the nearest passage is asked for, a quotation of what the question names."""
        specs: list[dict[str, Any]] = [{"check": "abstains", "args": {"stated": True}}]
        if "unsure" in plan.wants:
            known = {value.text for fact in plan.task.draft.world.facts for value in fact.values.values()}
            named = [
                text
                for text in plan.task.params.values()
                if isinstance(text, str) and text in known and text in plan.dossier.text
            ]
            if named:
                specs.append({"check": "quotes_document", "args": {"count": 1, "min_words": 4, "containing": named}})
        return specs

    def _told(self, plan: Plan) -> list[dict[str, Any]]:
        """All that the facts due say stands in the answer, in order of time where that can be told, and no number besides."""
        world, params = plan.task.draft.world, plan.task.params
        facts = [world.by_id[fact] for fact in plan.task.solved.facts]
        due: dict[str, dict[str, Any]] = {}
        for fact in facts:
            about = next(
                (text for text in tasks.labels(world, fact).values() if text != params["subject"]), params["subject"]
            )
            for slot, value in fact.values.items():
                if value.text != params["subject"]:
                    due.setdefault(
                        value.text,
                        {"name": f"{value.text} ({tasks.word_of(slot)}, {about})", "forms": list(value.forms)},
                    )
        over = tasks.overriders(world)
        if plan.name == "synthesis" and any(fact.id in over for fact in facts):
            due["\0"] = {"name": "what no longer holds", "forms": list(tasks.LAPSED)}
        specs: list[dict[str, Any]] = [{"check": "facts_mentioned", "args": {"facts": list(due.values())}}]
        if plan.name == "synthesis":
            days = [
                value for fact in facts for slot, value in fact.values.items() if world.kind.slots.get(slot) == "date"
            ]
            ranks = [day.rank for day in days]
            if len(days) > 1 and ranks == sorted(set(ranks)):
                specs.append({"check": "ordered_items", "args": {"items": [list(day.forms) for day in days]}})
        return [*specs, {"check": "closed_world", "args": {}}]


def narrow(split: str) -> frozenset[QuestionKind]:
    """The kinds of questions that are not wide: all of them, so that no type of fact is evidence much more often than another."""
    return frozenset(kind for world in kinds_for(split) for kind in KINDS[world].questions if not kind.wide)


def _joined(parts: Sequence[str]) -> str:
    """Stretches of an instruction, those of several lines as paragraphs of their own."""
    text = ""
    for part in filter(None, parts):
        text += ("\n\n" if "\n" in part or "\n" in text.rpartition("\n\n")[2] else " ") + part if text else part
    return text


def _asked(draft: Draft, kind: QuestionKind, params: Mapping[str, Any], say: Say, reader: str) -> str:
    """A generic question in words."""
    world = draft.world
    words = {key: value for key, value in params.items() if isinstance(value, str)}
    words |= {"reader": reader, "reader_": capitalised(reader)}
    if "subject" in words:
        parts = words["subject"].split(" and ") if kind.name == "override" else [words["subject"]]
        words["subject"] = " and ".join(_as_told(draft, part) for part in parts)
    if params.get("other") and kind.name in ("all_about", "summary"):
        words["subject"] += f" together with {_as_told(draft, params['other'])}"
    if "key" in words:
        words["key"] = tasks.key_word(world, params)
    dates = kind.name in ("difference", "greater") and _of_dates(params)
    return say({"difference": "days", "greater": "later"}[kind.name] if dates else kind.name, **words)


def _as_told(draft: Draft, name: str) -> str:
    """A name as the sentences about it have it: with "the", and with the noun ("lock-in period"), where all of them have these."""
    told = [text for text, spans in draft.said.values() if name in text]
    around = [(text[:at], text[at + len(name) :]) for text in told for at in [text.index(name)]]
    nouns = {match[0] if (match := re.match(r" [a-z]+\b", after)) else "" for _, after in around}
    noun = nouns.pop() if len(nouns) == 1 and len(told) > 2 else ""
    article = name.split()[-1].islower() or (told and all(before.lower().endswith("the ") for before, _ in around))
    return f"{'the ' if article else ''}{name}{noun}"


def _of_dates(params: Mapping[str, Any]) -> bool:
    return any(
        kind.answer_type == "date"
        for world in KINDS.values()
        for kind in world.questions
        if kind.name == params["kind"]
    )


def _names_nothing_else(draft: writer.Draft, params: Mapping[str, Any]) -> bool:
    """Whether no sentence but those of facts names what is asked about: a name that fills an open slot would be a fact that is not due."""
    subject = params.get("subject")
    if subject is None:
        return True
    named = {fact.id for fact in draft.world.facts if any(subject in value.text for value in fact.values.values())}
    return not any(subject in text for fact, (text, _) in draft.said.items() if fact not in named)


def _set(task: Task, said: Mapping[str, str], window: Document, rng: random.Random) -> Dossier:
    """Facts in a window: the evidence spread from its place on, the others anywhere."""
    evidence = [fact for fact in dict.fromkeys(task.solved.facts) if fact in said]
    shares = [(task.place + index / max(len(evidence), 1)) % 1.0 for index in range(len(evidence))]
    rng.shuffle(shares)
    where = {fact: rng.random() for fact in said} | dict(zip(evidence, shares, strict=True))
    text, spans = set_into(window, list(said.items()), [where[fact] for fact in said], rng)
    entities = [name for name in task.draft.world.stage.pool.entities if name in text]
    return Dossier(text, [Passage(window.title, window.date, 0, len(text))], spans, {}, [], entities)
