"""multi_turn: conversations of 4 to 200 turns, and questions that need what was said in them.

The program decides who says what when (`world.talk`): values that are told, changed, proposed, worked out, rules, conditions, versions
of a text, and what is asked in the end, with its exact answer. `--writer program` also words the turns; `--writer model` has a model
voice them, one call a turn (`review.dialogue`). Several rows share a conversation: each asks at its own place for another thing. A row
is accepted if its answer passes its checks; its history is shown whole, whatever window the model had that wrote it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from longctx_synth import checks
from longctx_synth.builder import Ask, Case, SynthBuilder
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.records import Evidence, Message, Record
from longctx_synth.review.dialogue import Voiced, settled, voice
from longctx_synth.review.refine import Draft, Reviewer, refine
from longctx_synth.review.rules import Rules, said_by
from longctx_synth.review.statement import states_fact
from longctx_synth.scenarios import home
from longctx_synth.strata import stable_seed
from longctx_synth.verdict import Verdict
from longctx_synth.world.countries import Home
from longctx_synth.world.prose import capitalised
from longctx_synth.world.talk.probes import Probe
from longctx_synth.world.talk.script import turns_for
from longctx_synth.world.talk.talk import History, Talk, converse, history
from longctx_synth.world.writer import kinds_for as scenario_kinds

TOGETHER = 3  # rows that share a conversation
ALONE = 2048  # tokens below which a conversation has room for one question only
LENGTH_GAP = 0.15  # greatest difference in length of a preference pair (blueprint, section 6)
OWN_TURNS = 0.5  # share of a conversation's turns that must have words of the model's where it is the writer
DEPTHS = 5
SPARE = 22  # tokens that the embedded model adds to an exchange, about
STATE = 1_200  # tokens that the state of an unseen part and the answer take, about
# What a small model needs to see: findings in the form of finding.user.j2.
EXAMPLES = (
    ("the deposit of Harlow Textiles", "€445", "The deposit of Harlow Textiles is €445."),
    (
        "the difference in the fee between Marlow and Kestrel",
        "31 days",
        "The difference in the fee between Marlow and Kestrel is 31 days.",
    ),
)


@dataclass
class Plan:
    """A row before its answer is written. strata: under which its exactness is counted in an evaluation."""

    talk: Talk
    probe: Probe
    history: History
    place: int
    voiced: Voiced | None = None

    @property
    def prompt(self) -> list[Message]:
        """The conversation and the question."""
        return self.history.prompt

    @property
    def checks(self) -> list[dict[str, Any]]:
        """What the answer is held to."""
        return self.probe.checks

    @property
    def form(self) -> str:
        """The form of the answer."""
        return self.probe.form

    @property
    def question(self) -> str:
        """The kind of memory that is asked for."""
        return self.probe.kind

    @property
    def text(self) -> str:
        """The conversation as one text."""
        return "\n\n".join(turn.text for turn in self.history.turns)

    @property
    def strata(self) -> list[str]:
        """The fifth of the conversation that the question reaches back to, and the kind."""
        return [f"distance_{1 + min(int(DEPTHS * self.history.distance), DEPTHS - 1)}", f"kind_{self.probe.kind}"]


@dataclass
class Written:
    """An answer that passed, and every draft on the way."""

    text: str
    drafts: list[Draft] = field(default_factory=list)
    judged: list[dict[str, Any]] = field(default_factory=list)


class MultiTurn(SynthBuilder):
    """Long conversations with questions that test what was said in them."""

    paradigm = "multi_turn"
    scenario_fields = [
        "world", "question", "asked", "answer_type", "chance", "distance", "turns", "form", "context", "chat", "model_worded",
        "country", "place", "continent",
    ]  # fmt: skip
    uses_scenarios = True
    conversations: ClassVar[bool] = True
    windowed: ClassVar[bool] = True

    def setup(self) -> None:
        """Tokenizer and scenarios; how many rows share a conversation follows from the shortest length."""
        super().setup()
        self.rows_per_case = TOGETHER if self.settings.lengths.shortest >= ALONE else 1
        for name, value in (("documents", self.settings.documents), ("language", self.settings.language != "en")):
            if value:
                raise SettingsError(
                    f"--{name}: multi_turn writes conversations of its own, in English; leave it out, or use document_grounded."
                )

    @property
    def answer_by(self) -> str:
        """Who writes the answers: as set, or as the endpoint has it."""
        if self.settings.answer != "auto":
            return self.settings.answer
        return "pieces" if self.settings.embedded else "whole"

    def needs_endpoint(self) -> bool:
        """Whether a model is asked at all."""
        return self.answer_by != "program" or self.settings.writer == "model"

    def about_model(self) -> str:
        """What the model did, for the card."""
        if self.settings.writer == "program":
            turns = "The program worded the conversations"
        elif self.settings.embedded:
            turns = (
                "The model worded a statement of the user's, or one that the assistant repeats, each verified, in at least half of the "
                "turns (`model_worded`: in how many); the rest is the program's wording"
            )
        else:
            turns = (
                "The model voiced both sides, turn by turn, each verified (`model_worded`: how many turns); rules, conditions and "
                "versions of texts keep the program's words"
            )
        answers = {
            "program": "no model wrote the answers.",
            "pieces": "it worded those answers that state one finding, each verified.",
            "whole": "the model answered from the conversation, and checks verified it.",
        }[self.answer_by]
        return f"{turns}; {answers}"

    def limits(self) -> list[str]:
        """What a user should know before training on these rows."""
        return [
            "A conversation's facts are drawn at random: they agree with one another, not with the world.",
            "The assistant's general advice is not verified; its statements of values are.",
            "What is asked about can be told from what is only said by its words to some degree: see `longctx-synth attack DIR`.",
            "Histories hold no contradiction that is left open, no change of mind about a conversation's purpose, and one language.",
        ]

    async def make(self, case: Case, ask: Ask) -> list[Record]:
        """Plan, voice, answer, pair, record."""
        talk = self.talk(case)
        voiced = await self._voiced(case, ask, talk) if self.settings.writer == "model" else None
        longest = max(range(len(talk.slots)), key=lambda place: (talk.slots[place].exchanges, place))
        records = []
        for place in range(len(talk.slots)):
            plan = Plan(talk, talk.slots[place].probe, history(talk, place, self.tokenizer), place, voiced)
            written = await self._written(case, ask, plan)
            rejected, because = await self._rejected(ask, plan, written) if self.settings.pairs else ("", "")
            records.append(self._record(case, ask, plan, written, rejected, because, chat=place == longest))
        return records

    # What code decides.

    def slots(self, case: Case) -> list[tuple[int, int]]:
        """Number and length of the rows that a case fills."""
        first = case.number * self.rows_per_case
        return [(n, self.settings.lengths.target(n, case.base)) for n in range(first, first + self.rows_per_case)]

    def talk(self, case: Case) -> Talk:
        """The conversation, in the program's words; no model is asked."""
        situation = self.situation(case, scenario_kinds(case.split))
        return converse(
            case.seed, case.base, case.split, self.slots(case),
            tokenizer=self.tokenizer, turns=self._turns, home=Home(*home(situation)),
            spare=SPARE if self.settings.writer == "model" and self.settings.embedded else 0,
        )  # fmt: skip

    def _turns(self, tokens: int, rng: random.Random) -> int:
        wanted = self.settings.turn_range
        return turns_for(tokens, rng) if wanted is None else 2 * round(rng.randint(*wanted) / 2)

    def plan(self, case: Case) -> Plan:
        """The case's first row by the program alone, for an evaluation."""
        talk = self.talk(case)
        return Plan(talk, talk.slots[0].probe, history(talk, 0, self.tokenizer), 0)

    def gold(self, case: Case, plan: Plan) -> str:
        """The right answer in the program's words. Raises Reject where none of them passes."""
        for text in plan.probe.right:
            if checks.judge(plan.checks, text, plan.prompt).passed:
                return text
        raise Reject("gold", plan.probe.kind)

    # What a model says.

    async def _voiced(self, case: Case, ask: Ask, talk: Talk) -> Voiced:
        voiced = await voice(
            talk, ask, attempts=self.settings.attempts, small=self.settings.embedded, count=self.tokenizer.count,
            rng=random.Random(stable_seed(case.seed, "voice")),
        )  # fmt: skip
        if voiced.own < OWN_TURNS * voiced.turns:
            raise Reject("turns", "too few turns in the model's words hold")
        return voiced

    async def _written(self, case: Case, ask: Ask, plan: Plan) -> Written:
        judged: list[dict[str, Any]] = []
        if self.answer_by == "whole":

            async def write(feedback: str, last: Draft | None) -> Draft:
                answer = await ask(self._asked(ask, plan, feedback), max_tokens=300)
                return Draft(answer.text.strip(), answer.finish_reason)

            refined = await refine(write, self._reviewers(ask, plan, judged), attempts=self.settings.attempts)
            if not refined.passed:
                raise _reject(refined.best.failures[0])
            return Written(refined.best.text, refined.drafts, judged)
        text = await self._finding(ask, plan) if self.answer_by == "pieces" else ""
        draft = Draft(text or self.gold(case, plan))
        for review in self._reviewers(ask, plan, judged):
            draft.verdicts.update(await review(draft))
            if draft.failures:
                raise _reject(draft.failures[0])
        return Written(draft.text, [draft], judged)

    def _asked(self, ask: Ask, plan: Plan, feedback: str, without: bool = False) -> list[Message]:
        """The conversation as far as it fits the model's window, with the state of the rest, and the question.

        without: only the turns behind what the answer needs, and no state.
        """
        question = self.templates.messages("answer", asked=plan.prompt[-1]["content"], feedback=feedback)[-1]
        offset = len(plan.talk.start)
        turns = plan.prompt[offset:-1]
        # Half of the window: the model's tokens may be shorter than the trainer's.
        room = (ask.window or 1 << 30) // 2 - STATE - self.tokenizer.count(question["content"])
        first = max((piece[0] for piece in plan.history.evidence), default=0) - offset + 1 if without else 0
        start = len(turns)
        while start > first and room >= self.tokenizer.count(turns[start - 1]["content"]):
            start -= 1
            room -= self.tokenizer.count(turns[start]["content"])
        start += start % 2  # a conversation begins with the user
        system = plan.talk.start[0]["content"] if plan.talk.start else ""
        if start and not without:
            exchanges = plan.talk.exchanges[: len(turns) // 2]
            acts = [act for exchange in exchanges for act in exchange.acts]
            hidden = [act for exchange in exchanges[: start // 2] for act in exchange.acts]
            names = {act.said.thing.name for act in plan.probe.acts if act.said is not None}
            system = self.templates.render("state.j2", system=system, lines=settled(hidden, acts, names))
        head = [{"role": "system", "content": system}] if system else []
        return [*head, *turns[start:], question]

    async def _finding(self, ask: Ask, plan: Plan) -> str:
        """The answer that states one finding, in the model's words; "" for other answers and where none was right."""
        probe = plan.probe
        if not probe.what or probe.answer is None or probe.form != "sentence":
            return ""
        heads: list[Message] = []
        for what, value, sentence in EXAMPLES:
            asked = self.templates.messages("finding", what=what, value=value, feedback="")
            heads += [*(asked[:-1] if not heads else []), asked[-1], {"role": "assistant", "content": sentence}]
        value, forms = probe.answer.text, probe.answer.forms
        known = (f"{capitalised(probe.what)} is {value}.", f"{capitalised(value)} is {probe.what}.", *probe.right)

        async def write(feedback: str, last: Draft | None) -> Draft:
            question = self.templates.messages("finding", what=probe.what, value=value, feedback=feedback)[-1]
            answer = await ask([*heads, question], max_tokens=90, stop=["\n"], temperature=0.2 if feedback else None)
            return Draft(answer.text.strip(), answer.finish_reason)

        async def true(draft: Draft) -> dict[str, Verdict]:
            return {"true": states_fact(draft.text, ask=probe.what, value=value, forms=forms, wordings=known)}

        async def passes(draft: Draft) -> dict[str, Verdict]:
            return self._checked(plan, draft.text)

        refined = await refine(write, [true, passes], attempts=self.settings.attempts)
        return refined.best.text if refined.passed else ""

    def _reviewers(self, ask: Ask, plan: Plan, judged: list[dict[str, Any]]) -> list[Reviewer]:
        """Rules, the row's checks, the judges. What judges say is put into `judged`."""
        panel = self.panel(ask)
        rules = Rules(
            language="" if plan.form in ("bare", "ruled") else "en",
            forbidden=self.forbidden,
            prompt=[],
            allowed=[*(message["content"] for message in plan.prompt), *said_by(plan.checks), *plan.probe.right],
            form="markdown",
        )

        async def keeps_rules(draft: Draft) -> Mapping[str, Verdict]:
            return {f"rules:{name}": v for name, v in rules.review(draft.text, draft.finish_reason).items()}

        async def passes_checks(draft: Draft) -> Mapping[str, Verdict]:
            return self._checked(plan, draft.text)

        async def pleases_judges(draft: Draft) -> Mapping[str, Verdict]:
            assert panel is not None
            reviewed = await panel.review(plan.prompt[-1]["content"], draft.text, plan.text, draft=draft.number)
            judged.extend(reviewed.entries())
            return reviewed.verdicts

        return [keeps_rules, passes_checks, *([pleases_judges] if panel else [])]

    def _checked(self, plan: Plan, text: str) -> dict[str, Verdict]:
        verdicts = checks.run_all(plan.checks, text, plan.prompt)
        return {f"checks:{spec['check']}": verdict for spec, verdict in zip(plan.checks, verdicts, strict=True)}

    # The rejected answer of a preference pair.

    async def _rejected(self, ask: Ask, plan: Plan, written: Written) -> tuple[str, str]:
        """(text, why): a draft that failed, what the model says without the needed turns, or what one says who forgot."""
        texts = [("failed_attempt", draft.text) for draft in written.drafts if draft.failures]
        if self.answer_by == "whole" and not texts:
            answer = await ask(self._asked(ask, plan, "", without=True), max_tokens=300)
            texts.append(("without_history", answer.text.strip()))
        texts += [(f"forgotten, {why}", text) for text, why in plan.probe.wrong]
        found: list[tuple[int, str, str]] = []
        for source, text in texts:
            failed = [name.partition(":")[2] for name, v in self._checked(plan, text).items() if not v.passed]
            gap = abs(len(text) - len(written.text))
            if failed and text and gap <= max(LENGTH_GAP * len(written.text), 2):
                if not source.startswith("forgotten"):
                    return text, f"{source}: {', '.join(failed)}"
                found.append((gap, text, f"{source}: {', '.join(failed)}"))
        return min(found)[1:] if found else ("", "")

    def _record(
        self, case: Case, ask: Ask, plan: Plan, written: Written, rejected: str, because: str, chat: bool
    ) -> Record:
        probe, past = plan.probe, plan.history
        number, tokens = self.slots(case)[plan.place]
        evidence = [Evidence(m, 0, start, end, past.prompt[m]["content"][start:end]) for m, start, end in past.evidence]
        situation = self.situation(case, scenario_kinds(case.split)).values()
        record = self.record(
            replace(case, number=number, tokens=tokens), ask,
            prompt=past.prompt, text=written.text, checks_=probe.checks,
            answer=probe.answer.text if probe.answer else "",
            scenario={
                "world": plan.talk.matter.key,
                "question": probe.kind,
                "asked": probe.asked,
                "answer_type": probe.answer_type if probe.answer else "",
                "chance": f"{probe.chance:.4f}",
                "distance": str(min(int(10 * past.distance), 9)),
                "turns": str(len(past.turns) + 2),
                "form": probe.form,
                "context": "conversation",
                "chat": "yes" if chat else "no",
                "model_worded": f"{plan.voiced.own}/{plan.voiced.turns}" if plan.voiced else "",
                **{name: situation[name] for name in ("country", "place", "continent")},
            },
            documents=[plan.talk.exchanges[0].user.text],
            entities=list(plan.talk.cast.stage.pool.entities), evidence=evidence, rejected=rejected, because=because,
            drafts=written.drafts, judged=written.judged,
        )  # fmt: skip
        record.case = case.id
        return record


def _reject(name: str) -> Reject:
    """A draft's failed verdict as the funnel counts it."""
    stage, _, reason = name.partition(":")
    return Reject(stage, reason) if reason else Reject("draft", stage)
