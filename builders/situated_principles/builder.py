"""situated_principles: answers under principles that a model wrote for each input (SPRI), rubrics written for each
instruction, and the methods that both are compared with.

The program decides the input, and of its answer what a program can decide: each query is of a kind that obliges (to name what
happened, to cite, to decline, to correct, to stay within bounds), and its checks hold the answer to that. The base writes
principles, answers and rubrics; the critic, the first judge of the run or the base itself, scores them (`review.principles`,
`review.situated`, `review.methods`). What a critic alone says is never a check: rows stand on their checks, and their scores
are worth what `calibrate` measures of the critic.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import yaml

from longctx_synth import checks
from longctx_synth.builder import Ask, Case, SynthBuilder
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.metrics.paired import preference
from longctx_synth.records import Record, to_json
from longctx_synth.review.critic import criteria
from longctx_synth.review.judge import judge
from longctx_synth.review.methods import answered, words_hash
from longctx_synth.review.principles import Seed, Stage, Trace, Way, critic_of, with_principles
from longctx_synth.review.refine import Draft, Reviewer
from longctx_synth.review.rules import Rules, said_by
from longctx_synth.review.situated import AXIS, as_json, read_rubric, rubric_of, rubric_stage
from longctx_synth.scenarios import SITUATION_FIELDS
from longctx_synth.strata import stable_seed, weighted
from longctx_synth.verdict import PASSED, Verdict, failed

from . import own, pairs
from .inputs import Input, Inputs, mentions, spec
from .screen import Screen

SWAPPED = 12  # rows of the principle-swap test
KAPPA = 0.6  # of a critic against people, from which its rows are fit for grpo
SCENARIO = ["task", "method", "mode", "kind", "carrier", "dimension", "goal", "bound"]
TOLD = ["principles", "principles_score", "response_score", "calls", "trace", "judged_answer", "judged_score"]


class SituatedPrinciples(SynthBuilder):
    """Answers under principles written for each input, reappraisals, and rubrics for single instructions."""

    paradigm = "situated_principles"
    scenario_fields = [*SCENARIO, *TOLD, *SITUATION_FIELDS]
    uses_scenarios = True

    def setup(self) -> None:
        """Tokenizer, phrasings, seeds, and the user's own inputs where given."""
        super().setup()
        settings = self.settings
        if not settings.judge_rubric:
            self.rubric = None  # the judge is the critic here; a panel judges beside it where a rubric is named
        if settings.language != "en":
            raise SettingsError(
                "--language: situated_principles writes its inputs in English; bring others with --queries."
            )
        names = {name for name, _ in settings.tasks}
        if "rubric" in names and settings.method != "spri":
            raise SettingsError(f"--method {settings.method}: the task rubric has no other method than spri.")
        load = lambda name: yaml.safe_load((self.folder / f"{name}.yaml").read_text("utf-8"))  # noqa: E731
        posts, screen, self.seeds = load("posts"), load("screen"), load("seeds")
        self.screen = Screen.of(screen)
        assert self.scenarios is not None
        self.inputs = Inputs(
            load("phrasings"),
            posts,
            screen,
            self.tokenizer,
            self.situation,
            self.scenarios.industries,
            settings.carrier,
        )
        self.way = Way(
            settings.mode, settings.threshold, settings.versions, settings.words, calls=settings.calls,
            small=settings.embedded,
        )  # fmt: skip
        self.own: own.Own | None = None
        if settings.queries:
            self.own = own.read(settings.queries, settings.wanted, self._left_out)

    def _left_out(self, text: str) -> bool:
        """Whether one of the user's inputs is not for a model to reappraise."""
        return self.settings.crisis == "drop" and self._reappraises() and bool(self.screen.crisis_in(text))

    def _reappraises(self) -> bool:
        return any(name == "reappraise" for name, _ in self.settings.tasks)

    def found_out(self) -> dict[str, str]:
        """The user's inputs and our prompts enter the fingerprint by content."""
        return super().found_out() | {
            "critic_sha": words_hash(),
            "queries_sha": f"{self.own.sha} {' '.join(self.settings.wanted)}" if self.own else "",
        }

    def withheld(self) -> dict[str, str]:
        """grpo waits for a critic that agrees with people."""
        kappa = self.settings.critic_kappa
        if kappa is not None and kappa >= KAPPA:
            return {}
        known = "nobody measured it" if kappa is None else f"it is {kappa:.2f}"
        return {
            "grpo": f"the critic's kappa against people's labels has to be at least {KAPPA}, and {known}: label a sheet with "
            "`longctx-synth calibrate --rubric critic`, then build again with --critic-kappa"
        }

    def passing(self) -> dict[str, float]:
        """The critic passes what reaches the run's threshold."""
        return {axis: float(self.settings.threshold) for axis in criteria().names} | (super().passing() or {})

    def about_model(self) -> str:
        """What the model did, for the card."""
        settings = self.settings
        by = {
            "spri": "wrote principles for each input, and answers under them",
            "vanilla": "answered the inputs, nothing else",
            "self_refine": "answered the inputs, criticised its own answers and mended them",
            "fixed_principles": "answered the inputs under one list of rules",
            "self_align": "chose from one list of rules, and answered",
        }[settings.method]
        critic = (
            "the judge's model was the critic"
            if settings.judge_endpoint
            else "it was its own critic, which proves nothing"
        )
        told = f"The model {by} (method `{settings.method}`, mode `{settings.mode}`); {critic}."
        if settings.embedded:
            told += " A model of 135M parameters has no judgement: these rows show the mechanics, and only their checks hold."
        return told

    def limits(self) -> list[str]:
        """What a user should know before training on these rows."""
        told = [
            "Checks prove what a program can decide of an answer (it names, cites, declines, corrects, keeps within bounds); "
            "that it follows its principles is a critic's word.",
            "These rows belong into no recommended mixture until `calibrate` shows a critic with a kappa of at least "
            f"{KAPPA} against people's labels.",
            *(f"There is no `{view}` config: {why}." for view, why in self.withheld().items()),
            "A pair is made where a check tells its two answers apart; a critic's preference alone makes none.",
        ]
        if self.settings.threshold == 1:
            told.append(
                "At a threshold of 1 the critic turns nothing away that it can read: rules and checks alone accepted."
            )
        if self._reappraises():
            told.append(
                "Posts are made up by a program. A screen of phrases keeps plain cases of crisis away from the model; it reads "
                "nothing between the lines, and these answers are no counselling."
            )
        if self.own and self.own.dropped:
            told.append(f"{self.own.dropped} of the user's inputs spoke of a crisis and were left out.")
        return told

    def _about_judge(self) -> list[str]:
        if self.settings.judging != "off":
            return []
        return ["The base was its own critic (no --judge-endpoint was given): its scores are no evidence of quality."]

    # One row.

    async def make(self, case: Case, ask: Ask) -> list[Record]:
        """Input, principles, answer, verify, pair, record."""
        task = weighted(case.number, case.base + 9, self.settings.tasks)
        plan = self.input(case, task)
        if task == "reappraise" and (kind := self.screen.crisis_in(plan.prompt[-1]["content"])):
            return [self._referred(case, ask, plan, kind)]
        if task == "rubric":
            return [await self._rubric_row(case, ask, plan)]
        return [await self._answered(case, ask, plan, task)]

    def input(self, case: Case, task: str) -> Input:
        """What is put to the model in a slot; no model is asked."""
        if self.own:
            about = self.inputs.own(self.own.by_split[case.split][case.number])
        elif task == "reappraise":
            return self.inputs.post(case)
        else:
            about = self.inputs.query(case, "short" if task == "rubric" else "")
        return self.inputs.rubric_request(case, about) if task == "rubric" else about

    def plan(self, case: Case) -> Input:
        """The query of a slot, for lm-eval."""
        return self.inputs.query(case)

    def gold(self, case: Case, plan: Input) -> str:
        """An answer by code that passes the query's checks; Reject where code has none."""
        if not plan.gold or not checks.judge(plan.checks, plan.gold, plan.prompt).passed:
            raise Reject("gold", "code has no answer to this input that passes its checks")
        return plan.gold

    async def _answered(self, case: Case, ask: Ask, plan: Input, task: str) -> Record:
        critic = _critic(ask)
        goal = plan.goal or self.settings.goal
        rng = random.Random(stable_seed(case.seed, "seeds"))
        seeds = self._seeds("reappraise" if task == "reappraise" else "respond", plan, rng)
        strict = self.settings.mode == "strict"
        trace = await answered(
            self.settings.method, ask, critic, self.way, prompt=plan.prompt, goal=goal, seeds=seeds,
            first=self._reviewers(plan, task) if strict else [],
            under=(lambda principles: self._unrepeated(plan, principles)) if strict else None,
        )  # fmt: skip
        if not trace.accepted:
            stage = trace.stages[-1]
            raise _reject(stage)
        assert trace.response is not None
        text = trace.response.text
        await self._sound(ask, plan, task, trace)
        rejected, because = "", ""
        if self.settings.pairs:
            vanilla = self.settings.method != "vanilla"
            rejected, because = await pairs.rejected(ask, plan, trace, self._checked, self.templates, vanilla=vanilla)
        judged = _entries(trace, critic.model)
        panel = self.panel(ask)
        if panel is not None:
            reviewed = await panel.review(plan.prompt[-1]["content"], text, draft=len(trace.history()) + 1)
            judged += reviewed.entries()
            if any(not verdict.passed for verdict in reviewed.verdicts.values()):
                raise Reject("judge", next(name for name, v in reviewed.verdicts.items() if not v.passed))
        told = {
            "principles": trace.principles.text if trace.principles else "",
            "principles_score": _score(trace.principles.score if trace.principles else None),
            "response_score": _score(trace.response.score),
            "calls": str(trace.calls),
            "trace": to_json(trace.history()),
        }
        return self._row(
            case, ask, plan, task, text, told,
            rejected=rejected, because=because, drafts=trace.response.refined.drafts, judged=judged,
        )  # fmt: skip

    def _seeds(self, bank: str, plan: Input, rng: random.Random) -> list[Seed]:
        """Examples for the base: one of the input's own kind where there is one, the others of other kinds."""
        count = self.settings.examples
        if self.settings.method != "spri" or not count:
            return []
        own = plan.dimension or plan.kind
        entries = [
            Seed(one["input"], one["principles"].strip(), one["kind"], one["answer"]) for one in self.seeds[bank]
        ]
        rng.shuffle(entries)
        entries.sort(key=lambda seed: seed.kind != own)  # stable: the own kind first, the rest as shuffled
        same = [seed for seed in entries if seed.kind == own][:1]
        others: dict[str, Seed] = {}
        for seed in entries:
            if seed.kind != own:
                others.setdefault(seed.kind, seed)
        # The nearest example stands last, next to the input.
        return [*list(others.values())[: count - len(same)], *same]

    def _reviewers(self, plan: Input, task: str) -> list[Reviewer]:
        """Who looks at an answer before the critic is paid: rules and checks, in words that its writer can use."""

        async def sound(draft: Draft) -> dict[str, Verdict]:
            return self._rules(plan, task, draft.text)

        async def passes(draft: Draft) -> dict[str, Verdict]:
            return self._checked(plan, draft.text)

        return [sound, passes]

    def _unrepeated(self, plan: Input, principles: str) -> Reviewer:
        """A reviewer that wants nothing repeated in the answer that its writer was shown, principles and seeds."""

        async def reviewer(draft: Draft) -> dict[str, Verdict]:
            return self._leaked(plan, principles, draft.text)

        return reviewer

    def _leaked(self, plan: Input, principles: str, text: str) -> dict[str, Verdict]:
        shown = [principles]
        if self.way.small:  # it was shown the seeds' answers, and copies from them
            shown += [one["answer"] for bank in ("respond", "reappraise") for one in self.seeds[bank]]
        rules = Rules(language="", prompt="\n".join(shown), allowed=[checks.prompt_text(plan.prompt)], own_policy=False)
        passed = rules.review(text)["leakage"].passed
        wrong = failed("It repeats what was shown word for word; follow the principles without a word of them.", 0.5)
        return {"rules:principles_repeated": PASSED if passed else wrong}

    def _rules(self, plan: Input, task: str, text: str) -> dict[str, Verdict]:
        rules = Rules(
            language="en" if plan.kind != "own" else "",
            forbidden=self.forbidden,
            allowed=[message["content"] for message in plan.prompt] + said_by(plan.checks),
        )
        found = rules.review(text)
        if plan.kind in ("private", "own"):  # to decline is what is asked there
            found.pop("refusal", None)
        hay, prompt = text.casefold(), checks.prompt_text(plan.prompt).casefold()
        if "principle" in hay and "principle" not in prompt:
            found["leakage"] = failed("Answer the input; do not speak of principles.", 0.5)
        if task == "reappraise" and self.screen.crisis_in(text):
            found["screen"] = failed("Do not speak of a crisis that the writer did not speak of.")
        return {f"rules:{name}": verdict for name, verdict in found.items()}

    def _checked(self, plan: Input, text: str) -> dict[str, Verdict]:
        verdicts = checks.run_all(plan.checks, text, plan.prompt)
        return {f"checks:{one['check']}": verdict for one, verdict in zip(plan.checks, verdicts, strict=True)}

    async def _sound(self, ask: Ask, plan: Input, task: str, trace: Trace) -> None:
        """The last gate, the same for every method and mode: rules, checks, and no principle repeated."""
        assert trace.response is not None
        kept = trace.response.kept
        verdicts = self._rules(plan, task, kept.text) | self._checked(plan, kept.text)
        if trace.principles is not None:
            verdicts |= self._leaked(plan, trace.principles.text, kept.text)
        for name, verdict in verdicts.items():
            if not verdict.passed:
                stage, _, reason = name.partition(":")
                raise Reject(stage, reason)

    # Rubrics, referrals, rows.

    async def _rubric_row(self, case: Case, ask: Ask, plan: Input) -> Record:
        """A rubric for an input, and a judgement under it of what the base answers to that input."""
        critic = _critic(ask)
        about = (
            self.inputs.own(self.own.by_split[case.split][case.number])
            if self.own
            else self.inputs.query(case, "short")
        )
        instruction = about.prompt[-1]["content"]
        rng = random.Random(stable_seed(case.seed, "seeds"))
        examples = rng.sample(self.seeds["rubric"], min(self.settings.examples, len(self.seeds["rubric"])))
        seeds = [
            (one["instruction"], rubric_of(one["criterion"], dict(enumerate(one["levels"], 1)))) for one in examples
        ]
        stage = await rubric_stage(
            ask, critic, instruction=instruction, goal=self.settings.goal, seeds=seeds, way=self.way
        )
        rubric = read_rubric(stage.text)
        if not stage.accepted or rubric is None:
            raise _reject(stage)
        text = as_json(rubric)
        for name, verdict in self._checked(plan, text).items():
            if not verdict.passed:
                raise Reject("checks", name.partition(":")[2])
        answer = await ask(
            with_principles(about.prompt, "", "", self.settings.words), max_tokens=60 + 2 * self.settings.words
        )
        said = await judge(critic, rubric, request=instruction, answer=answer.text.strip())
        entries = _entries(Trace(stage, None), critic.model)
        entries.append(
            {"judge": said.judge, "draft": len(entries) + 1, "scores": said.scores, "feedback": said.feedback}
        )
        told = {
            "principles": text,
            "principles_score": _score(stage.score),
            "calls": str(stage.used),
            "trace": to_json(stage.history()),
            "judged_answer": answer.text.strip(),
            "judged_score": _score(said.scores[AXIS]),
        }
        return self._row(case, ask, plan, "rubric", text, told, drafts=stage.refined.drafts, judged=entries)

    def _referred(self, case: Case, ask: Ask, plan: Input, kind: str) -> Record:
        """The fixed answer to an input that speaks of a crisis; no model is asked."""
        if self.settings.crisis == "drop":
            raise Reject("screen", f"the input speaks of a crisis ({kind.replace('_', ' ')})")
        plan.checks = [mentions({form: [form] for form in self.screen.forms}), spec("finished")]
        plan.kind = f"crisis {kind}"
        return self._row(case, ask, plan, "reappraise", self.screen.referral, {"calls": "0", "trace": "[]"})

    def _row(
        self, case: Case, ask: Ask, plan: Input, task: str, text: str, told: dict[str, str], **more: Any
    ) -> Record:
        from dataclasses import replace

        document = plan.document
        return self.record(
            replace(case, tokens=plan.tokens),
            ask,
            prompt=plan.prompt,
            text=text,
            checks_=plan.checks,
            scenario={
                "task": task,
                "method": self.settings.method,
                "mode": self.settings.mode,
                "kind": plan.kind,
                "carrier": plan.carrier,
                "dimension": plan.dimension,
                "goal": plan.goal or self.settings.goal,
                "bound": plan.principle,
                **dict.fromkeys(TOLD, ""),
                **told,
                **(plan.situation.values() if plan.situation else dict.fromkeys(SITUATION_FIELDS, "")),
            },
            documents=[document.text] if document else [],
            entities=document.entities if document else [],
            evidence=plan.evidence,
            **more,
        )

    # The principle-swap test.

    async def measured(self, sample: list[Record], ask_for: Callable[[Case], Ask]) -> dict[str, str]:
        """Whether critic and checks can tell an answer under its own principles from one under another input's."""
        rows = [r for r in sample if r.scenario.get("principles") and r.scenario["task"] != "rubric"][:SWAPPED]
        if len(rows) < 2:
            return {}
        own: list[float | None] = []
        swapped: list[float | None] = []
        told_apart = 0
        for index, record in enumerate(rows):
            split, number, try_ = record.case.split("/")[1:]
            case = self.case(split, int(number), int(try_))
            ask = ask_for(case)
            foreign = rows[(index + 1) % len(rows)].scenario["principles"]
            asked = with_principles(record.prompt, foreign, record.scenario["goal"], self.settings.words)
            said = await ask(asked, max_tokens=60 + 2 * self.settings.words)
            other = said.text.strip()
            told_apart += not checks.judge(record.checks, other, record.prompt).passed
            given = {"input": checks.prompt_text(record.prompt), "principles": record.scenario["principles"]}
            criticise = critic_of(_critic(ask), "response", self.way, given)
            for scores, text in ((own, record.completion[-1]["content"]), (swapped, other)):
                scores.append((await criticise(text, self.way.tries)).score if text else None)
        seen = preference(own, swapped)
        return {
            f"principle swap ({len(rows)} rows): the critic prefers the answer under its own principles": str(seen),
            "principle swap: answers under another input's principles that fail the row's checks": (
                f"{told_apart} of {len(rows)}" + ("" if told_apart else ": the checks are blind to it")
            ),
        }


def _critic(ask: Ask) -> Any:
    """The critic of a case: the run's first judge, else the base itself."""
    return ask.judges[0] if ask.judges else ask


def _entries(trace: Trace, critic: str) -> list[dict[str, Any]]:
    """The critic's word on every version, as the `judge` column holds it, numbered through both stages."""
    return [
        {
            "judge": critic,
            "draft": number,
            "scores": {step["stage"]: step["score"]},
            "feedback": {step["stage"]: step["feedback"]},
        }
        for number, step in enumerate(trace.history(), 1)
        if step["critic_calls"]
    ]


def _score(score: int | None) -> str:
    return "" if score is None else str(score)


def _reject(stage: Stage) -> Reject:
    """A stage that was not accepted, as the funnel counts it: by the check where one failed, else by why."""
    name = next((name for name in stage.kept.failures if not name.startswith("critic:")), "")
    if name and stage.name == "response":
        room, _, reason = name.partition(":")
        return Reject(room, reason) if reason else Reject("draft", room)
    return Reject(stage.name, stage.reason)
