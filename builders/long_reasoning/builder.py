"""long_reasoning: several documents whose facts hang together, a question that takes steps, a trace, and an exact
answer.

The program decides world, question, steps, answer and where the evidence stands (`world.dossier`); a model words the
trace, or a sentence for each step of it, and, if asked to, the documents. A row is accepted if its answer is exact and
its trace shows the solver's intermediate values in their order.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from longctx_synth import checks
from longctx_synth.builder import Ask, Case, SynthBuilder
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.records import Evidence, Message, Record
from longctx_synth.review import finding
from longctx_synth.review.refine import Draft, Reviewer, refine
from longctx_synth.review.retell import Retold, retell
from longctx_synth.review.rules import Rules, said_by
from longctx_synth.scenarios import SITUATION_FIELDS, Situation, home
from longctx_synth.strata import balanced, stable_seed
from longctx_synth.verdict import Verdict
from longctx_synth.world.countries import Home
from longctx_synth.world.dossier import trace
from longctx_synth.world.dossier.model import Step, for_split
from longctx_synth.world.dossier.slips import slips
from longctx_synth.world.dossier.task import Task, fit, pose, twin
from longctx_synth.world.dossier.writer import Dossier
from longctx_synth.world.prose import capitalised
from longctx_synth.world.writer import kinds_for as scenario_kinds

LAYOUTS = ("question_last", "question_first", "both")
WORDS_AROUND = 130  # tokens of a prompt that are not documents, about
MOST_QUOTED = 9  # sentences that a trace may be asked to quote
LENGTH_GAP = 0.15  # greatest difference in length of a preference pair (blueprint, section 6)


@dataclass
class Plan:
    """What code decided about a row before a word of its trace is written."""

    situation: Situation
    task: Task
    form: str
    layout: str
    instruction: str
    dossier: Dossier
    prompt: list[Message]
    offset: int
    checks: list[dict[str, Any]] = field(default_factory=list)
    told: str = ""  # how many of the documents' facts the model worded, of how many


@dataclass
class Written:
    """A trace that passed, and every draft on the way. sentences: the model's by step, "" where the program's stands."""

    text: str
    drafts: list[Draft] = field(default_factory=list)
    judged: list[dict[str, Any]] = field(default_factory=list)
    sentences: Sequence[str] = ()


class LongReasoning(SynthBuilder):
    """Questions over long documents that take several steps, with verified reasoning traces."""

    paradigm = "long_reasoning"
    scenario_fields = [
        "world", "question", "asked", "answer_type", "chance", "steps", "depth", "wide", "indirect", "form", "layout",
        "context", "trace_by", "model_worded", "model_stated", "step_values", *SITUATION_FIELDS,
    ]  # fmt: skip
    uses_scenarios = True

    def setup(self) -> None:
        """Tokenizer, phrasings, and who writes what."""
        super().setup()
        self.phrasings = yaml.safe_load((self.folder / "phrasings.yaml").read_text("utf-8"))
        self.trace_by = self._trace_by()
        for name, value in (("documents", self.settings.documents), ("language", self.settings.language != "en")):
            if value:
                raise SettingsError(
                    f"--{name}: long_reasoning asks about worlds of its own, in English; use document_grounded for your texts."
                )

    def needs_endpoint(self) -> bool:
        """Whether a model is asked at all."""
        return self._trace_by() != "program" or self.settings.writer == "model"

    def _trace_by(self) -> str:
        """Who writes traces: as set, or as `--answer program` and the endpoint have it."""
        if self.settings.trace != "auto":
            return self.settings.trace
        if self.settings.answer == "program":
            return "program"
        return "hybrid" if self.settings.embedded else "model"

    def about_model(self) -> str:
        """What the model did, for the card."""
        documents = "The facts, their places and the answers are the program's; "
        documents += (
            "the model worded the documents' sentences, each verified against its fact "
            "(`model_worded`: how many of a row's); the rest is the program's wording; "
            if self.settings.writer == "model"
            else "so is the wording of the documents; "
        )
        return (
            documents
            + {
                "program": "no model wrote the traces.",
                "hybrid": "the model wrote one sentence for each step of a trace, for half of those asked for at least, "
                "which code verified (`model_stated`: which, of how many); the program's stands where none was right."
                + (
                    " The embedded model was shown steps put alike, and its sentences have their form."
                    if self.settings.embedded
                    else ""
                ),
                "model": "the model wrote the traces, which code verified.",
            }[self.trace_by]
        )

    def limits(self) -> list[str]:
        """What a user should know before training on these rows."""
        return [
            "Checks prove the answer, and that the solver's intermediate values stand in the trace in order; they do not "
            "judge what is said between them.",
            "The documents' sentences are understandable alone and stand in no order of time: registers and files, not stories.",
            "A trace shows the shortest way to the answer; it holds no search and no correction of its own errors.",
        ]

    async def make(self, case: Case, ask: Ask) -> list[Record]:
        """Plan, reason, verify, pair, record."""
        sentences = await self._sentences(case, ask) if self.trace_by == "hybrid" else []
        plan = self.plan(case, await self._retold(case, ask) if self.settings.writer == "model" else None)
        written = await self._written(case, ask, plan, sentences)
        rejected, because = self._rejected(case, plan, written) if self.settings.pairs else ("", "")
        return [self._record(case, ask, plan, written, rejected, because)]

    # What code decides.

    def task(self, case: Case) -> Task:
        """World, question, solution; no model is asked."""
        return pose(
            case.seed, case.number, case.base, case.split,
            tokens=case.tokens - WORDS_AROUND, count=self.tokenizer.count, home=self._home(case),
            reworded=self.settings.writer == "model",
        )  # fmt: skip

    def _home(self, case: Case) -> Home:
        return Home(*home(self.situation(case, scenario_kinds(case.split))))

    async def _retold(self, case: Case, ask: Ask) -> Retold:
        """The documents' sentences in the model's words; it never learns which of them are evidence."""
        rng = random.Random(stable_seed(case.seed, "retell"))
        task = self.task(case)
        return await retell(task.draft, ask, rng, attempts=self.settings.attempts, small=self.settings.embedded)

    def plan(self, case: Case, retold: Retold | None = None) -> Plan:
        """Task, documents and the row's prompt at the case's target length; no model is asked."""
        situation = self.situation(case, scenario_kinds(case.split))
        task = self.task(case)
        if retold is not None:
            task.draft = retold.draft
        rng = random.Random(stable_seed(case.seed, "wording"))
        form = self._form(case, task)
        asked = form == "quoted" or rng.random() < 0.5
        layout = balanced(case.number, case.base + 4, LAYOUTS)
        say = lambda what: rng.choice(for_split(self.phrasings[what], case.split))  # noqa: E731
        stage = task.draft.world.stage
        background = (
            say("background").format(role=situation.role, org=stage.org, city=stage.city) if case.tokens >= 640 else ""
        )
        order = [say("work"), say(form) if asked else ""]
        instruction = " ".join(
            part for part in (background, say("ask").format(question=task.ask), *order, say("finish")) if part
        )
        system = say("system") if rng.random() < 0.35 else ""
        frame = say("frame")
        reminder = say("ask").format(question=task.ask)

        def prompt_of(dossier: Dossier) -> list[Message]:
            framed = frame.format(documents=dossier.text)
            parts = {
                "question_first": [instruction, framed],
                "question_last": [framed, instruction],
                "both": [reminder, framed, instruction],
            }[layout]
            messages = [{"role": "system", "content": system}] if system else []
            return [*messages, {"role": "user", "content": "\n\n".join(parts)}]

        dossier, prompt = fit(task, case.tokens, self.tokenizer, prompt_of)
        told = f"{len(retold.own)}/{len(retold.own) + len(retold.kept)}" if retold else ""
        plan = Plan(
            situation,
            task,
            form,
            layout,
            instruction,
            dossier,
            prompt,
            prompt[-1]["content"].index(dossier.text),
            told=told,
        )
        plan.checks = self._checks(plan)
        return plan

    def _form(self, case: Case, task: Task) -> str:
        """The form of the trace: the slot's, but that only a few sentences are asked to be quoted."""
        form = balanced(case.number, case.base + 3, list(trace.FORMS))
        if form == "quoted" and len(task.solved.facts) > MOST_QUOTED:
            form = balanced(case.number, case.base + 5, [other for other in trace.FORMS if other != "quoted"])
        return form

    def _checks(self, plan: Plan) -> list[dict[str, Any]]:
        solved = plan.task.solved
        specs: list[dict[str, Any]] = [
            {"check": "final_answer", "args": {"answer": solved.answer.text, "forms": list(solved.answer.forms)}},
            {"check": "steps_shown", "args": {"steps": [list(step.value.forms) for step in solved.steps]}},
        ]
        if plan.form == "quoted":
            before = sum(len(message["content"]) + 2 for message in plan.prompt[:-1]) + plan.offset
            spans = sorted(plan.dossier.spans[fact] for fact in dict.fromkeys(solved.facts))
            specs.append(
                {"check": "evidence_cited", "args": {"spans": [[start + before, end + before] for start, end in spans]}}
            )
        return specs

    def gold(self, case: Case, plan: Plan, task: Task | None = None, sentences: Sequence[str] = ()) -> str:
        """A trace laid out by code; `task`: over another document in this one's place; `sentences`: the model's, one a
        step, "" where the program's stands.
        """
        task = task or plan.task
        steps = task.solved.steps
        rng = random.Random(stable_seed(case.seed, "trace"))
        if sentences:
            return f"{_joined(steps, sentences, plan.form, rng)}\n\n{trace.answer_line(task.solved.answer.text)}"
        return trace.write(plan.form, steps, task.said(), task.solved.answer.text, rng)

    # Who writes the trace.

    async def _written(self, case: Case, ask: Ask, plan: Plan, sentences: Sequence[str]) -> Written:
        judged: list[dict[str, Any]] = []
        if self.trace_by == "model":

            async def write(feedback: str, last: Draft | None) -> Draft:
                answer = await ask(self._writer_prompt(plan, feedback, last), max_tokens=300 + 90 * plan.task.steps)
                return Draft(answer.text.strip(), answer.finish_reason)

            refined = await refine(write, self._reviewers(ask, plan, judged), attempts=self.settings.attempts)
            if not refined.passed:
                raise _reject(refined.best.failures[0])
            return Written(refined.best.text, refined.drafts, judged)
        draft = Draft(self.gold(case, plan, sentences=sentences))
        for review in self._reviewers(ask, plan, judged):
            draft.verdicts.update(await review(draft))
            if draft.failures:
                raise _reject(draft.failures[0])
        return Written(draft.text, [draft], judged, sentences)

    async def _sentences(self, case: Case, ask: Ask) -> list[str]:
        """The model's sentences for the steps, "" where the program's stands; none where the trace quotes."""
        task = self.task(case)
        if self._form(case, task) == "quoted":
            return []
        return await finding.word(task, ask, attempts=self.settings.attempts, small=self.settings.embedded)

    def _writer_prompt(self, plan: Plan, feedback: str = "", last: Draft | None = None) -> list[Message]:
        return self.templates.messages(
            "trace",
            documents=plan.dossier.text,
            instruction=plan.instruction,
            steps=plan.task.solved.steps,
            sentences=list(plan.task.said().values())[:40],
            answer=plan.task.solved.answer.text,
            feedback=feedback,
            draft=last.text if last else "",
        )

    def _reviewers(self, ask: Ask, plan: Plan, judged: list[dict[str, Any]]) -> list[Reviewer]:
        """Rules, the row's checks, the judges. What judges say is put into `judged`."""
        panel = self.panel(ask)
        findings = [f"{step.what}: {step.value.text} ({step.how})" for step in plan.task.solved.steps]
        rules = Rules(
            language="en",
            forbidden=self.forbidden,
            prompt=self._writer_prompt(plan) if self.trace_by == "model" else [],  # code leaks no instruction
            allowed=[
                plan.dossier.text,
                plan.instruction,
                *said_by(plan.checks),
                *findings,
                *plan.task.said().values(),
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

    def _checked(self, plan: Plan, text: str) -> dict[str, Verdict]:
        verdicts = checks.run_all(plan.checks, text, plan.prompt)
        return {f"checks:{spec['check']}": verdict for spec, verdict in zip(plan.checks, verdicts, strict=True)}

    # The rejected answer of a preference pair.

    def _rejected(self, case: Case, plan: Plan, written: Written) -> tuple[str, str]:
        """(text, why): a draft that failed, else a hasty reader's reasoning, else that over another document; ("", "") where none fails."""
        texts = [("failed_attempt", draft.text) for draft in written.drafts if draft.failures]
        for source, text in itertools.chain(texts, self._wrong(case, plan, written)):
            if abs(len(text) - len(written.text)) > LENGTH_GAP * len(written.text):
                continue
            failed = [name.partition(":")[2] for name, v in self._checked(plan, text).items() if not v.passed]
            if failed:
                return text, f"{source}: {', '.join(failed)}"
        return "", ""

    def _wrong(self, case: Case, plan: Plan, written: Written) -> Iterator[tuple[str, str]]:
        """Wrong traces with their sources, those out of the documents themselves first."""
        rng = random.Random(stable_seed(case.seed, "slips"))
        for source, task in itertools.chain(slips(plan.task, plan.dossier.spans, rng), self._elsewhere(case, plan)):
            alike = finding.put_alike(task.solved.steps, written.sentences) if written.sentences else ()
            yield source, self.gold(case, plan, task, alike)

    def _elsewhere(self, case: Case, plan: Plan) -> Iterator[tuple[str, Task]]:
        try:
            yield "other_document", twin(plan.task, case.split, count=self.tokenizer.count, home=self._home(case))
        except Reject:
            pass

    def _record(self, case: Case, ask: Ask, plan: Plan, written: Written, rejected: str, because: str) -> Record:
        task = plan.task
        facts = list(dict.fromkeys(task.solved.facts))
        user = len(plan.prompt) - 1
        evidence = []
        for fact in facts:
            start, end = plan.dossier.spans[fact]
            evidence.append(
                Evidence(
                    user,
                    plan.dossier.passage_of(start),
                    start + plan.offset,
                    end + plan.offset,
                    plan.dossier.text[start:end],
                )
            )
        texts = [plan.dossier.text[passage.start : passage.end] for passage in plan.dossier.passages]
        return self.record(
            case,
            ask,
            prompt=plan.prompt,
            text=written.text,
            checks_=plan.checks,
            answer=task.solved.answer.text,
            scenario={
                "world": task.world,
                "question": task.question.name,
                "asked": task.ask,
                "answer_type": task.question.answer_type,
                "chance": f"{task.chance:.4f}",
                "steps": str(task.steps),
                "depth": str(int(10 * plan.dossier.spans[facts[0]][0] / len(plan.dossier.text))),
                "wide": "yes" if task.question.wide else "no",
                "indirect": "yes" if task.indirect else "no",
                "form": plan.form,
                "layout": plan.layout,
                "context": f"{plan.offset}-{plan.offset + len(plan.dossier.text)}",
                "trace_by": self.trace_by,
                "model_worded": plan.told,
                "model_stated": finding.stated(written.sentences),
                "step_values": " > ".join(step.value.text for step in task.solved.steps),
                **plan.situation.values(),
            },
            documents=texts,
            entities=plan.dossier.entities,
            evidence=evidence,
            rejected=rejected,
            because=because,
            drafts=written.drafts,
            judged=written.judged,
        )


def _joined(steps: Sequence[Step], sentences: Sequence[str], form: str, rng: random.Random) -> str:
    """The model's sentences in a form, the program's where there is none, each with its calculation."""
    told = [
        f"{sentence.rstrip('.')} ({step.how})." if step.how else sentence
        for step, sentence in (
            (step, own or f"{capitalised(step.what)}: {step.value.text}.")
            for step, own in zip(steps, sentences, strict=True)
        )
    ]
    if form == "table":
        return "\n".join(
            [
                "| Step | Finding | Result |",
                "|---|---|---|",
                *(
                    f"| {i} | {sentence} | {step.value.text} |"
                    for i, (step, sentence) in enumerate(zip(steps, told, strict=True), 1)
                ),
            ]
        )
    if form == "prose":
        return " ".join(told)
    if form == "bullets":
        mark = rng.choice(("- ", "* "))
        return "\n".join(mark + sentence for sentence in told)
    if form == "questions":
        return "\n".join(f"Needed: {step.what}. {sentence}" for step, sentence in zip(steps, told, strict=True))
    if form == "plan_first":
        return f"To be found: {'; '.join(dict.fromkeys(step.what for step in steps))}.\n\n" + "\n".join(told)
    mark = rng.choice(("{}. ", "{}) ", "Step {}: "))
    return "\n".join(mark.format(i) + sentence for i, sentence in enumerate(told, 1))


def _reject(name: str) -> Reject:
    """A draft's failed verdict as the funnel counts it."""
    stage, _, reason = name.partition(":")
    return Reject(stage, reason) if reason else Reject("draft", stage)
