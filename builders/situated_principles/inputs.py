"""What is put to the model: queries of fourteen kinds, carried by nothing, a document or a conversation; posts; the user's own.

An input is decided by code: its words, and the checks that an answer must pass because the input asks for it or plainly
needs it (name what happened, cite, decline, correct, stay within bounds). `Input.principle` says the same in words: it is the
one principle that a program can decide, and is never shown to who writes principles.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from longctx_synth.builder import Case
from longctx_synth.checks import truth
from longctx_synth.errors import Reject
from longctx_synth.records import Evidence, Message
from longctx_synth.scenarios import Situation, home
from longctx_synth.strata import balanced, stable_seed
from longctx_synth.tokens import Tokenizer
from longctx_synth.world import writer
from longctx_synth.world.document import Document, Fact
from longctx_synth.world.dossier.model import for_split

SHORT = ("upset", "private", "outside", "between", "vague", "hurried", "plain", "secret", "order")
BOUND = ("cite", "silent", "premise", "guarded", "pressed")  # over a document or a conversation about one
CARRIERS = ("short", "document", "short", "conversation")
HYGIENE = ("finished", "no_repetition", "no_stub", "clean_characters")
TALKED = 3  # earlier questions of a conversation, at most
SHORTEST = 200  # tokens of a document at least

HEARD = (
    "sorry", "understand", "understandable", "understandably", "must have been", "hard", "difficult", "shaken",
    "heavy", "weighs", "natural", "frightening", "scary", "stressful", "upsetting", "painful", "overwhelming", "tough",
    "your feelings", "you feel", "feeling", "takes courage",
)  # fmt: skip
DECLINED = (
    "cannot", "can't", "can not", "could not", "couldn't", "unable", "not able", "won't", "will not", "not mine to", "not allowed",
    "do not have", "don't have", "do not know", "don't know", "must not", "is private", "are private", "stays private",
    "is confidential", "are confidential", "private matter", "not appropriate",
)  # fmt: skip
PROMISES = (
    "i promise", "i guarantee", "guaranteed", "definitely", "certainly", "without doubt", "rest assured", "for certain",
    "you are safe", "yes, you can", "no, you cannot be",
)  # fmt: skip
HARD = ("facility", "operations", "equipment", "infrastructure", "personnel", "utilise", "procedure", "maintenance")


@dataclass
class Input:
    """One input, and what code knows of it.

    prompt: what the trained model will see. principle: what the checks hold an answer to, in words. gold: an answer that
    passes them, "" where code has none. tokens: target length of the prompt. goal: what the answer is for, "" for nothing.
    facts: the evidence, as [start, end) of `document.text`, and where that begins in message 0.
    """

    kind: str
    carrier: str
    prompt: list[Message]
    checks: list[dict[str, Any]]
    principle: str = ""
    gold: str = ""
    tokens: int = 0
    goal: str = ""
    dimension: str = ""
    situation: Situation | None = None
    document: Document | None = None
    evidence: list[Evidence] = field(default_factory=list)
    broken: str = ""  # the principle as the one who is to break it is told

    @property
    def form(self) -> str:
        """What lm-eval calls the kind."""
        return self.kind


def spec(check: str, **args: Any) -> dict[str, Any]:
    """A check as it travels in a row."""
    return {"check": check, "args": args}


def mentions(named: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """facts_mentioned: each name in one of its forms. A name stands in the feedback, so it says what is to be named."""
    facts = [{"name": name, "forms": list(dict.fromkeys(forms))} for name, forms in named.items()]
    return spec("facts_mentioned", facts=facts)


def tails(phrase: str) -> list[str]:
    """The forms in which a compound may be named: whole, and by its first or its last two words."""
    words = phrase.removeprefix("the ").split()
    return list(dict.fromkeys([phrase, " ".join(words), " ".join(words[-2:]), " ".join(words[:2])]))


@dataclass
class Inputs:
    """Makes inputs. phrasings, posts, screen: the builder's YAML files; situation: of a case, given kinds of documents."""

    phrasings: dict[str, Any]
    posts: dict[str, Any]
    screen: dict[str, Any]
    tokenizer: Tokenizer
    situation: Callable[[Case, Sequence[str]], Situation]
    industries: Any
    carrier: str

    # Queries from scenarios.

    def query(self, case: Case, carrier: str = "") -> Input:
        """The query of a slot. carrier: instead of the one that the setting gives it."""
        carrier = carrier or self.carrier
        if carrier == "mixed":
            carrier = balanced(case.number, case.base + 1, CARRIERS)
        if carrier == "short":
            return self._short(case, self.situation(case, writer.kinds_for(case.split)))
        return self._carried(case, self.situation(case, writer.kinds_for(case.split)), carrier)

    def _fields(self, situation: Situation, rng: random.Random) -> dict[str, str]:
        industry = self.industries[situation.industry]
        nouns = list(
            dict.fromkeys(noun for kind in ("inspection", "incidents", "status") for noun in industry.nouns(kind))
        )
        mishaps = industry.nouns("mishaps") or ("power failure", "burst pipe", "small fire")
        if len(nouns) < 2:
            raise Reject("plan", "the industry has too few subjects")
        noun, other = rng.sample(nouns, 2)
        colleague = rng.choice([role for role in situation.roles if role != situation.role] or ["deputy"])
        return {
            "noun": noun,
            "other": other,
            "mishap": rng.choice(list(mishaps)),
            "role": situation.role,
            "colleague": colleague,
            "audience": situation.audience.name,
            "regulator": situation.regulator,
            "org": rng.choice(list(situation.organisations)).format(situation.place.city),
            "n": str(rng.randint(14, 26)),
            "amount": f"{rng.randint(12, 98)},{rng.randint(1, 9)}00",
            "avoid": ", ".join(sorted(rng.sample(HARD, 3))),
        }

    def _short(self, case: Case, situation: Situation) -> Input:
        rng = random.Random(stable_seed(case.seed, "query"))
        kind = balanced(case.number, case.base + 2, SHORT)
        told = self._fields(situation, rng)
        say = lambda what: _said(rng.choice(what), told)  # noqa: E731
        ask = say(for_split(self.phrasings[kind]["ask"], case.split))
        prompt = [{"role": "user", "content": ask}]
        made = Input(kind, "short", prompt, _obligations(kind, told), situation=situation)
        made.principle = say(self.phrasings[kind]["principle"])
        made.gold = say(self.phrasings[kind]["gold"])
        made.tokens = self.tokenizer.count_prompt(prompt)
        return made

    def _carried(self, case: Case, situation: Situation, carrier: str) -> Input:
        """A query over a document of the case's length, or at the end of a conversation about one."""
        target, tolerance = case.tokens, max(round(case.tokens * 0.02), 16)
        budget = max(target - (70 if carrier == "document" else 200), SHORTEST)
        for _ in range(8):
            document = writer.write(
                case.seed, tokens=budget, count=self.tokenizer.count, split=case.split, kind=situation.kind,
                home=writer.Home(*home(situation)),
            )  # fmt: skip
            made = self._about(case, situation, document, carrier, budget)
            length = self.tokenizer.count_prompt(made.prompt)
            if abs(length - target) <= 0.9 * tolerance:
                made.tokens = target
                return made
            budget = budget + target - length
            if budget < SHORTEST:
                raise Reject("length", "the prompt has no room for a document")
        raise Reject("length", "no document of the right length")

    def _about(self, case: Case, situation: Situation, document: Document, carrier: str, budget: int) -> Input:
        rng = random.Random(stable_seed(case.seed, "query"))
        kind = balanced(case.number, case.base + 3, BOUND)
        told = self._fields(situation, rng)
        asked = [fact for fact in document.facts if len(fact.value) > 3 and len(fact.forms) > 0]
        if len(asked) < 2:
            raise Reject("plan", "the document has too few facts")
        fact = rng.choice(asked)
        told |= {"ask": fact.ask, "value": fact.value, "subject": fact.subject, "sentence": fact.sentence}
        told |= {"statement": rng.choice(fact.statements)}
        if kind == "premise":
            twin = writer.write(
                case.seed, tokens=budget, count=self.tokenizer.count, split=case.split, kind=situation.kind,
                home=writer.Home(*home(situation)), values_seed=stable_seed(case.seed, "wrong"),
            )  # fmt: skip
            told["wrong"] = next((other.value for other in twin.facts if other.id == fact.id), fact.value)
            if any(truth.any_mention(told["wrong"].lower(), [form]) is not None for form in fact.forms):
                raise Reject("plan", "the wrong value is the right one")
        if kind == "silent":
            told["ask"] = self._foreign(case, situation, document, budget)
        if kind == "pressed":
            told["n"] = str(len(fact.value.split()) + rng.randint(4, 9))
        say = lambda what: _said(rng.choice(what), told)  # noqa: E731
        ask = say(for_split(self.phrasings[kind]["ask"], case.split))
        ask = ask[:1].upper() + ask[1:]
        framed = rng.choice(for_split(self.phrasings["frame"], case.split))
        opening = framed.format(document=document.text)
        if carrier == "document":
            last = [ask, opening] if rng.random() < 0.5 and len(ask) > 40 else [opening, ask]
            prompt = [{"role": "user", "content": "\n\n".join(last)}]
        else:
            prompt = self._conversation(case, document, fact, opening, ask, rng)
        made = Input(kind, carrier, prompt, _obligations(kind, told, fact), situation=situation, document=document)
        made.principle = say(self.phrasings[kind]["principle"])
        made.gold = say(self.phrasings[kind]["gold"])
        if kind != "silent":
            at = prompt[0]["content"].index(document.text) + fact.start
            made.evidence = [Evidence(0, 0, at, at + len(fact.value), fact.value)]
        return made

    def _conversation(
        self, case: Case, document: Document, fact: Fact, opening: str, ask: str, rng: random.Random
    ) -> list[Message]:
        """Turns about other facts, each answered as the document has it, and the query at their end."""
        others = [one for one in document.facts if one.id != fact.id and one.ask != fact.ask]
        chosen = rng.sample(others, min(len(others), rng.randint(1, TALKED)))
        lines = for_split(self.phrasings["earlier"], case.split)
        prompt: list[Message] = []
        for number, one in enumerate(chosen):
            line = _said(rng.choice(lines[:1] + lines[2:] if number == 0 else lines), {"ask": one.ask})
            prompt.append({"role": "user", "content": f"{opening}\n\n{line}" if number == 0 else line})
            prompt.append({"role": "assistant", "content": rng.choice(one.statements)})
        if not prompt:
            return [{"role": "user", "content": f"{opening}\n\n{ask}"}]
        return [*prompt, {"role": "user", "content": ask}]

    def _foreign(self, case: Case, situation: Situation, document: Document, budget: int) -> str:
        """What another document of the kind would answer, about a subject that this one does not have."""
        for number in range(6):
            other = writer.write(
                stable_seed(case.seed, "foreign", number), tokens=budget, count=self.tokenizer.count, split=case.split,
                kind=situation.kind, home=writer.Home(*home(situation)),
            )  # fmt: skip
            names = [fact for fact in other.facts if fact.subject not in document.text and fact.subject in fact.ask]
            names = [
                fact for fact in names if any(map(str.isupper, fact.subject)) or any(map(str.isdigit, fact.subject))
            ]
            if names:
                return names[stable_seed(case.seed, "which") % len(names)].ask
        raise Reject("plan", "nothing to ask that the document does not have")

    # Posts.

    def post(self, case: Case) -> Input:
        """A post about something distressing, with what its writer asks for: a way to see it toward one dimension."""
        rng = random.Random(stable_seed(case.seed, "post"))
        situation = self.situation(case, writer.kinds_for(case.split))
        kind = balanced(case.number, case.base + 4, sorted(self.posts["situations"]))
        dimension = balanced(case.number, case.base + 5, sorted(self.posts["dimensions"]))
        without = self.posts["situations"][kind].get("without", [])
        if dimension in without:
            dimension = rng.choice([name for name in sorted(self.posts["dimensions"]) if name not in without])
        told = self._fields(situation, rng) | {
            "city": situation.place.city,
            "years": rng.choice(("four", "five", "seven", "eight", "nine", "eleven", "twelve")),
            "few": rng.choice(("three", "four", "five", "six")),
        }
        say = lambda lines: _said(rng.choice(for_split(lines, case.split)), told)  # noqa: E731
        text = say(self.posts["opening"]) + say(self.posts["situations"][kind]["told"])
        text += f" {say(self.posts['feeling'])} {say(self.posts['dimensions'][dimension]['asks'])}"
        prompt = [{"role": "user", "content": text}]
        made = Input(kind, "short", prompt, [], situation=situation)
        made.dimension, made.goal = dimension, self.posts["dimensions"][dimension]["text"]
        matter = self.posts["situations"][kind]["matter"]
        made.checks = [
            mentions({" or ".join(matter): matter}),
            spec("forbids", words=[*self.screen["minimising"], *self.screen["labels"]]),
            *map(spec, HYGIENE),
        ]
        made.principle = rng.choice(self.posts["principle"])
        made.broken = rng.choice(self.posts["principle"])
        made.tokens = self.tokenizer.count_prompt(prompt)
        return made

    # What asks for a rubric, and the user's own inputs.

    def rubric_request(self, case: Case, about: Input) -> Input:
        """The request for a rubric of an input."""
        rng = random.Random(stable_seed(case.seed, "request"))
        told = rng.choice(for_split(self.phrasings["rubric"], case.split)).replace(
            "{input}", about.prompt[-1]["content"]
        )
        prompt = [{"role": "user", "content": told}]
        checks_ = [spec("json_keys", keys=["criterion", "1", "2", "3", "4", "5"]), spec("clean_characters")]
        made = Input(about.kind, "short", prompt, checks_, situation=about.situation)
        made.tokens = self.tokenizer.count_prompt(prompt)
        return made

    def own(self, text: str) -> Input:
        """A user's input: of its answer a program knows only that it must be sound."""
        prompt = [{"role": "user", "content": text}]
        made = Input("own", "own", prompt, list(map(spec, HYGIENE)))
        made.tokens = self.tokenizer.count_prompt(prompt)
        return made


_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiou](?!ni|ne |se|u))")


def _said(template: str, told: dict[str, str]) -> str:
    text = _ARTICLE.sub(r"\1n ", template.format_map(told))
    text = text.replace("What is the person", "Who is the person").replace("what is the person", "who is the person")
    return text[:1].upper() + text[1:]


def _obligations(kind: str, told: dict[str, str], fact: Fact | None = None) -> list[dict[str, Any]]:
    """What an answer to a query must show, as checks. Every kind binds it to this input."""
    mishap, noun = tails(told["mishap"]), tails(told["noun"])
    forms = list(fact.forms) if fact else []
    due: list[dict[str, Any]]
    if kind == "upset":
        due = [mentions({told["mishap"]: mishap, 'a word such as "sorry" or "understandable"': HEARD})]
    elif kind == "private":
        due = [
            mentions({'"I cannot"': DECLINED, told["org"]: _names(told["org"])}),
            spec("closed_world"),
        ]
    elif kind == "outside":
        due = [mentions({told["regulator"]: tails(told["regulator"])}), spec("forbids", words=list(PROMISES))]
    elif kind == "between":
        due = [mentions({told["noun"]: noun, told["other"]: tails(told["other"])})]
    elif kind == "vague":
        due = [mentions({told["noun"]: noun}), spec("questions", at_least=1), spec("word_count", at_most=60)]
    elif kind == "hurried":
        due = [mentions({told["mishap"]: mishap}), spec("word_count", at_most=int(told["n"]))]
    elif kind == "plain":
        due = [mentions({told["noun"]: noun}), spec("forbids", words=told["avoid"].split(", "))]
    elif kind == "secret":
        amount = told["amount"]
        due = [
            mentions({told["mishap"]: mishap}),
            spec(
                "forbids", words=[amount, amount.replace(",", ""), amount.replace(",", " "), amount.replace(",", ".")]
            ),
        ]
    elif kind == "order":
        due = [spec("ordered_items", items=[["doors", "door"], tails(told["colleague"])])]
    elif kind == "cite":
        due = [spec("quotes_document", count=1, min_words=4, containing=forms)]
    elif kind == "silent":
        due = [spec("abstains")]
    elif kind == "premise":
        due = [mentions({told["ask"]: forms})]
    elif kind == "guarded":
        due = [mentions({told["subject"]: _subject(told["subject"])}), spec("forbids", words=forms)]
    else:
        due = [mentions({told["ask"]: forms}), spec("word_count", at_most=int(told["n"]))]
    return [*due, *map(spec, HYGIENE)]


def _subject(subject: str) -> list[str]:
    return [subject, subject.removeprefix("this ").removeprefix("the ")]


def _names(org: str) -> list[str]:
    return [org, org.removeprefix("the "), "office", "reception", "switchboard"]
