"""Rule validation of a model's draft: what is wrong with it whatever the row asks, before its own checks are run.

`Rules` is made once a case and asked for each draft. It gives a verdict for every rule that applies, under the name that the
funnel counts ("length", "format", "json", "schema", "fields", "language", "repetition", "refusal", "leakage", "policy: ...").
Rules that already exist as checks are those checks. Reasoning up to `</think>` is no part of a draft. Every rule is linear in
the text, no regular expression comes from data, and no text makes one raise; wrong settings raise when `Rules` is made.

Leakage is what only the writer's prompt has: its templates' marks, its talk of drafts and feedback, or eight words in a row of
its instruction. What a draft is expected to say is `allowed`: the document, what is asked for as the instruction words it, the facts,
phrases that a constraint prescribes. Without it an answer in the words of its question would seem to leak.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from longctx_synth import checks
from longctx_synth.checks import text as t
from longctx_synth.checks.args import plural
from longctx_synth.checks.jsonform import field as json_field
from longctx_synth.checks.registry import Prompt, Spec, answer_text, prompt_text
from longctx_synth.errors import SettingsError
from longctx_synth.review import policy
from longctx_synth.review.policy import WordList, load_words
from longctx_synth.verdict import PASSED, Verdict, failed

__all__ = ["FORMS", "Rules", "first_failed", "load_words", "said_by"]

FORMS = ("any", "text", "markdown", "json")
RUN = 8  # words of the instruction in a row that make a leak
FEWEST_WORDS = 12  # below this a language cannot be told


@dataclass(frozen=True)
class Rules:
    """The rules that a draft must keep.

    length: fewest and most words. form: "text" (prose and lists, no JSON, no Markdown headings or fences), "markdown", "json", or
    "any" where the row's own checks settle the form. schema: JSON Schema of the whole draft; fields: dotted paths that must be
    there and not empty; both for form "json" only. language: ISO 639-1 code, "" for none. forbidden: words and phrases that may
    stand nowhere (`load_words` reads a user's file). prompt: what the writer was given, text or messages. allowed: texts that a
    draft may repeat: the document, facts with their values, prescribed phrases. own_policy: whether personal data is looked for.
    """

    length: tuple[int, int] | None = None
    form: str = "any"
    schema: Mapping[str, Any] | None = None
    fields: Sequence[str] = ()
    language: str = "en"
    forbidden: Sequence[str] = ()
    prompt: Prompt = field(default="", repr=False)
    allowed: Sequence[str] | str = field(default=(), repr=False)
    own_policy: bool = True

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise SettingsError(f"There is no form {self.form!r} of a draft: use one of {', '.join(FORMS)}.")
        if self.length is not None and not 0 <= self.length[0] <= self.length[1]:
            low, high = self.length
            raise SettingsError(f"A draft cannot have {low} to {high} words: give the fewest words, then the most.")
        if self.form != "json" and (self.schema is not None or self.fields):
            raise SettingsError(f'A schema or fields need the form "json", not {self.form!r}.')
        if self.schema is not None:
            checks.parse([{"check": "json_schema", "args": {"schema": self.schema}}])
        if self.language:
            checks.parse([{"check": "language", "args": {"code": self.language}}])
        empty = [word for word in self.forbidden if t.is_wordless(word)]
        if empty:
            raise SettingsError(f"The forbidden word {empty[0]!r} has no letter and no digit; leave it out.")

    def review(self, text: str, finish_reason: str = "stop") -> dict[str, Verdict]:
        """The verdict of every rule that applies, by name, in the order in which they are worth telling."""
        draft = answer_text(text)
        read = t.readable(draft)
        verdicts = {"length": self._length(draft, read, finish_reason), "format": self._format(draft)}
        if self.form == "json":
            verdicts |= self._json(draft)
        if self.language:
            verdicts["language"] = _language(read, self.language)
        verdicts["repetition"] = _run("no_repetition", draft)
        verdicts["refusal"] = _run("no_refusal", draft)
        verdicts["leakage"] = self._leakage(draft, read)
        words = self._words if self.forbidden else None
        return verdicts | policy.review(read, allowed=self._allowed, forbidden=words, personal=self.own_policy)

    @cached_property
    def _allowed(self) -> tuple[str, ...]:
        return (self.allowed,) if isinstance(self.allowed, str) else tuple(self.allowed)

    @cached_property
    def _words(self) -> WordList:
        return WordList(self.forbidden)

    def _length(self, draft: str, read: str, finish_reason: str) -> Verdict:
        count = t.word_count(read)
        if finish_reason in ("length", "max_tokens"):
            return failed("It was cut off at the token limit; write less.", 0.5)
        if t.is_wordless(read):
            return failed("The draft is empty.")
        if self.length is None or self.length[0] <= count <= self.length[1]:
            return PASSED
        low, high = self.length
        near = count / low if count < low else high / count
        return failed(f"It has {plural(count, 'word')}; write {low:,} to {high:,}.", near)

    def _format(self, draft: str) -> Verdict:
        broken = _run("clean_characters", draft)
        if not broken.passed:
            return broken
        filler = _run("no_preamble", draft)
        if not filler.passed:
            return filler
        if self.form in ("text", "markdown"):
            if isinstance(t.load_json(draft), dict | list):
                return failed("Write text, not JSON.", 0.2)
            kinds = [kind for kind, _ in t.lines(draft)]
            if kinds.count("fence") % 2:
                return failed("A code block is opened and not closed.", 0.5)
            if self.form == "text" and ("fence" in kinds or any(map(_is_heading, draft.split("\n")))):
                return failed("Write plain text, without Markdown headings and code blocks.", 0.5)
        return PASSED

    def _json(self, draft: str) -> dict[str, Verdict]:
        """json; then, only where that holds, schema and fields: one fault is told once."""
        verdicts = {"json": _run("json_only", draft)}
        if not verdicts["json"].passed:
            return verdicts
        if self.schema is not None:
            verdicts["schema"] = _run("json_schema", draft, schema=self.schema)
        if self.fields:
            value = t.load_json(draft)
            missing = [path for path in self.fields if _is_empty(json_field(value, path))]
            share = 1 - len(missing) / len(self.fields)
            verdicts["fields"] = failed(f"The field {missing[0]!r} is missing or empty.", share) if missing else PASSED
        return verdicts

    # Leakage.

    @cached_property
    def _instruction(self) -> list[list[str]]:
        """The words of the prompt without what is allowed, in stretches between which no run goes on."""
        rest = t.normal(prompt_text(self.prompt))
        # The longest first, so that a value inside a document does not cut the document up before it is found.
        for piece in sorted({t.normal(piece) for piece in self._allowed}, key=len, reverse=True):
            if len(piece) > 3 or any(map(str.isdigit, piece)):  # a mere "a" would cut every run
                rest = _without(rest, piece)
        return [_words(stretch) for stretch in rest.split("\0")]

    def _leakage(self, draft: str, read: str) -> Verdict:
        marks = [mark for mark in _marks(draft) if not any(mark in source for source in self._allowed)]
        if marks:
            return failed(f"The draft holds a mark of a prompt or a chat ({marks[0][:40]!r}); write only the text.")
        hay = t.normal(read)
        phrases = [phrase for phrase in _FEEDBACK if phrase in hay]
        phrases = [phrase for phrase in phrases if not any(phrase in t.normal(source) for source in self._allowed)]
        if phrases:
            return failed(f"The draft talks of how it was asked for ({phrases[0]!r}); write only the text.")
        said = _words(hay)
        runs = set(_runs(said))
        shared = {run for stretch in self._instruction for run in _runs(stretch) if run in runs} if runs else set()
        for source in self._allowed if shared else ():
            shared.difference_update(_runs(_words(t.normal(source))))
        if not shared:
            return PASSED
        told = " ".join(next(run for run in _runs(said) if run in shared))
        return failed(f"The draft repeats its instruction ({told[:80]!r}); write only the text.", 0.5)


def first_failed(verdicts: Mapping[str, Verdict]) -> tuple[str, Verdict] | None:
    """The name and verdict of the first rule that failed: the funnel's reason, and what the next draft is told."""
    return next(((name, verdict) for name, verdict in verdicts.items() if not verdict.passed), None)


def said_by(specs: Sequence[Spec]) -> list[str]:
    """The texts that checks prescribe (phrases, facts and their forms, keys): a draft that says them leaks nothing."""
    return [leaf for spec in specs for leaf in t.leaves(spec.get("args") or {}) if not t.is_wordless(leaf)]


def _run(name: str, draft: str, **args: Any) -> Verdict:
    return checks.run({"check": name, "args": args}, draft) if not t.is_wordless(draft) else PASSED


def _is_heading(line: str) -> bool:
    return t.HEADING.match(line) is not None


def _is_empty(value: Any) -> bool:
    """Whether a field holds nothing: absent, null, or no letter and digit in it; false and 0 are values."""
    return value is None or (not isinstance(value, bool) and t.is_wordless("".join(t.leaves(value))))


def _language(read: str, code: str) -> Verdict:
    """The check `language`, and where it fails once more without names and figures, which mislead the detector."""
    words = t.words(read)
    if len(words) < FEWEST_WORDS:
        return PASSED
    verdict = _run("language", read, code=code)
    if verdict.passed:
        return verdict
    plain = [word for word in words if word.islower()]
    if len(plain) >= FEWEST_WORDS // 2:
        return _run("language", " ".join(plain), code=code)
    return verdict


# What no answer to a person holds: chat templates' tokens, roles, a template's marks.
_TOKENS = re.compile(
    r"<[|｜][\w▁ -]{2,40}[|｜]>|</?s>|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>|</?think>|\{\{[ \t]?\w{1,40}|\{%[-+ ]?\s?\w{1,20}"
    r"|^#{2,4} (?:Instruction|Response|Input):[ \t]*$"
    r"|^(?:Human|Assistant|AI Assistant):|^(?:assistant|user|system)[ \t]*$|^Mind:(?= )",
    re.MULTILINE,
)
_FEEDBACK = (
    "your last draft",
    "my last draft",
    "my previous draft",
    "your previous draft",
    "the last draft was not accepted",
    "draft was not accepted",
    "mend exactly this",
    "write only the answer",
    "write only the text",
    "based on the feedback",
    "as per the feedback",
    "incorporating the feedback",
    "addressing the feedback",
    "the instructions above",
    "the prompt above",
    "as instructed in the prompt",
    "system prompt",
)


def _marks(text: str) -> Iterator[str]:
    return (match[0] for match in _TOKENS.finditer(text))


def _words(normal: str) -> list[str]:
    return [bare for bare in map(t.bare, normal.split()) if bare]


def _runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _without(hay: str, piece: str) -> str:
    """`hay` with every whole mention of `piece` cut out; both normal."""
    kept, end = [], 0
    for at in t.mentions(hay, piece):
        kept.append(hay[end:at])
        end = at + len(piece)
    return "\0".join([*kept, hay[end:]])
