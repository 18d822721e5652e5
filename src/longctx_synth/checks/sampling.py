"""Drawing constraints that go together, suit an answer of a given size, and differ between the splits.

Three things keep the splits apart: checks marked `held_out` come in test only; argument banks (words, phrases, labels, tags,
schemas) and the shapes and steps of numbers are partitioned; and each *combination* of check names belongs to one split, by
hash. A check whose prior is above one half is never drawn. Every sample has been composed twice with stand-in sentences of
the size asked for, so a set that no answer could meet is not drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random
from typing import Any

from longctx_synth.checks import banks
from longctx_synth.checks.compatible import compatible, names_clash
from longctx_synth.checks.compose import CannotCompose, compose
from longctx_synth.checks.registry import Check, Spec, info, names
from longctx_synth.errors import SettingsError

SPLITS = ("train", "validation", "test")
HIGHEST_PRIOR = 0.5
_TRIES = 3000

# Checks that bound the same thing: allowed together, never drawn together, since real sentences leave too little play.
_FAMILIES = (
    {"word_count", "sentence_count"},
    {"sentence_count", "line_count"},
    {"paragraph_count", "paragraph_sentences"},
    {"nth_paragraph_first_word", "paragraph_sentences"},
    {"ordinal_openers", "paragraph_sentences"},
    {"keywords_present", "keyword_frequency"},
)


def split_of(combination: Collection[str]) -> str:
    """The split to which a combination of check names belongs: test where one is held out, else by hash (3 : 1 : 1)."""
    if any(info(name).held_out for name in combination):
        return "test"
    digest = hashlib.sha256("+".join(sorted(combination)).encode()).digest()
    return ("train", "train", "train", "validation", "test")[digest[0] % 5]


def eligible(split: str, exclude: Collection[str] = frozenset()) -> list[str]:
    """The names that `sample` may draw for a split; `exclude` holds names, or "ifeval" for all kinds that IFEval has."""
    for name in exclude:
        if name != "ifeval":
            info(name)

    def fits(entry: Check) -> bool:
        return (
            entry.sampled
            and entry.prior <= HIGHEST_PRIOR
            and (split == "test" or not entry.held_out)
            and entry.name not in exclude
            and not (entry.ifeval and "ifeval" in exclude)
        )

    return [name for name in names() if fits(info(name))]


def sample(
    rng: Random,
    k: int,
    *,
    split: str,
    n_due: int,
    due_words: int,
    exclude: Collection[str] = frozenset(),
    beside: Sequence[Spec] = (),
) -> list[Spec]:
    """k compatible format constraints for an answer that holds `n_due` sentences of `due_words` words in total.

    split: "train", "validation" or "test". beside: specs that the answer must pass as well (they are not counted in k).
    Raises SettingsError where what is excluded leaves no such set.
    """
    if split not in SPLITS:
        raise SettingsError(f"There is no split {split!r}; it is train, validation or test.")
    pool = eligible(split, exclude)
    pool = [name for name in pool if not any(names_clash(name, spec["check"]) for spec in beside)]
    for _ in range(_TRIES):
        chosen = _names(rng, k, pool)
        if len(chosen) < k or split_of(chosen) != split:
            continue
        specs = [{"check": name, "args": _DRAWS[name](_Case(rng, split, n_due, due_words, chosen))} for name in chosen]
        if compatible([*specs, *beside]) is None and _composes(specs, n_due, due_words, rng):
            return specs
    raise SettingsError(
        f"No {k} constraints go together for the split {split}; ask for fewer of them, or exclude fewer checks."
    )


def _names(rng: Random, k: int, pool: list[str]) -> list[str]:
    order = list(pool)
    rng.shuffle(order)
    chosen: list[str] = []
    for name in order:
        if len(chosen) == k:
            break
        if any(names_clash(name, other) or {name, other} in _FAMILIES for other in chosen):
            continue
        chosen.append(name)
    return chosen


# Stand-ins for due and spare sentences; none of these words stands in a keyword bank.
_STAND_IN = "harbour council approved repairs worth several thousand pounds before winter storms could damage older timber walls".split()


def _sentence(length: int, at: int) -> str:
    words = [_STAND_IN[(at * 3 + i) % len(_STAND_IN)] for i in range(max(length - 1, 2))]
    return f"Entry{chr(97 + at % 26)} {' '.join(words)}."


def _composes(specs: list[Spec], n_due: int, due_words: int, rng: Random) -> bool:
    """Whether the set can be met with sentences of equal length and spare ones, and with uneven ones and no spare."""
    mean, more = divmod(max(due_words, 3 * n_due), n_due)
    even = [_sentence(mean + (at < more), at) for at in range(n_due)]
    lean = max(3, mean // 2)
    uneven = [_sentence(lean, at) for at in range(n_due - 1)]
    uneven.append(_sentence(max(3, due_words - lean * (n_due - 1)), n_due))
    spare = [_sentence(mean + (at % 3), n_due + at) for at in range(1, 8)]
    try:
        compose(specs, even, spare, "", Random(1))
        compose(specs, uneven, [], "", Random(2))
    except CannotCompose:
        return False
    return True


class _Case:
    """What a draw of arguments may look at."""

    def __init__(self, rng: Random, split: str, n_due: int, due_words: int, chosen: list[str]) -> None:
        self.rng, self.split, self.n_due, self.due_words, self.chosen = rng, split, n_due, due_words, chosen

    def pick(self, bank: Mapping[str, Sequence[Any]]) -> Any:
        return self.rng.choice(bank[self.split])

    def count(self, low: int, high: int) -> dict[str, int]:
        """Bounds of a count near [low, high]; the shape is the split's own (exact or at least; two wide; others)."""
        n = self.rng.randint(low, max(low, high))
        if self.split == "train":
            return self.rng.choice(({"exactly": n}, {"exactly": n}, {"at_least": n}))
        if self.split == "validation":
            return {"at_least": n, "at_most": n + 1}
        return self.rng.choice(({"at_least": n, "at_most": n + 2}, {"at_least": n, "at_most": n + 3}))

    def at_least(self, low: int, high: int) -> dict[str, int]:
        return {"at_least": self.rng.randint(low, max(low, high))}


def _step(case: _Case, value: float) -> int:
    """A number near `value` on the split's own grid: tens in train, odd fives in validation, others in test."""
    base = round(value / 10) * 10
    if case.split == "train":
        return base
    if case.split == "validation":
        return base + 5
    return base + case.rng.choice((2, 3, 4, 6, 7, 8))


def _words(case: _Case) -> dict[str, int]:
    # Titles, labels, lead-ins and sentences that other constraints bring take some words too.
    burden = 9 * sum(name not in _LIGHT for name in case.chosen)
    mean = max(6, case.due_words // case.n_due)
    low = _step(case, case.due_words + burden + case.rng.randint(5, 10 + 2 * mean))
    width = case.rng.choice((20, 30))
    shape = case.rng.random()
    if shape < 0.8:
        return {"at_least": low, "at_most": low + width}
    if shape < 0.9:
        return {"at_least": low + 20}
    return {"at_most": low + 10}


_LIGHT = frozenset(("word_count", "all_capitals", "all_lowercase", "wrapped_in_quotes", "wrapped_in_tag", "code_block"))


def _items(case: _Case) -> dict[str, int]:
    if {"paragraph_count", "sentence_count", "word_count"} & set(case.chosen):
        return case.count(max(2, case.n_due - 1), max(2, case.n_due))
    return case.count(max(2, case.n_due - 1), case.n_due + 2)


def _few(case: _Case) -> dict[str, int]:
    return case.count(2, max(2, min(case.n_due, 4)))


def _bullets(case: _Case) -> dict[str, Any]:
    args: dict[str, Any] = _items(case)
    if case.rng.random() < 0.4:
        args["mark"] = case.pick({"train": ("-", "*"), "validation": ("+",), "test": ("•", "+")})
    return args


_KEYWORDS = list(banks.KEYWORDS)
_OPENERS = list(banks.OPENERS)
KEYWORDS = {"train": _KEYWORDS[:12], "validation": _KEYWORDS[12:16], "test": _KEYWORDS[16:]}
OPENERS = {"train": _OPENERS[:7], "validation": _OPENERS[7:9], "test": _OPENERS[9:]}
STARTS = {
    "train": (
        "According to the document:",
        "In answer to the request:",
        "From the document:",
        "The text shows the following.",
        "On reading the document:",
        "To put it simply:",
    ),
    "validation": ("As the text has it:", "Here is the answer in short."),
    "test": ("Drawn from the document:", "What the text tells is this.", "By the document's account:"),
}
ENDS = {
    "train": (
        "This is all the document says on the matter.",
        "No other source was used.",
        "That is the whole answer.",
        "End of summary.",
        "Please refer to the document for more.",
        "Nothing further is known from the text.",
    ),
    "validation": ("The full text has the rest.", "So much for the request."),
    "test": ("This ends the account.", "All else is left to the document.", "Thus far the text."),
}
SUMMARY_LABELS = {
    "train": ("Summary", "In short", "Key point", "Answer", "Bottom line"),
    "validation": ("Gist", "Main result"),
    "test": ("Headline", "Upshot", "Core finding"),
}
TAGS = {
    "train": ("answer", "response", "report", "result"),
    "validation": ("reply", "note"),
    "test": ("digest", "final_text", "brief"),
}
SECTION_MARKERS = {"train": ("##", "Section"), "validation": ("###",), "test": ("Part", "Chapter")}
KEY_LISTS = {
    "train": (
        ["summary", "details"],
        ["main_points", "further_points"],
        ["findings", "remarks"],
        ["answer", "background"],
        ["overview", "particulars"],
    ),
    "validation": (["lead", "rest"], ["essence", "detail"]),
    "test": (["first_part", "second_part"], ["core", "margin"], ["statement", "supplement"]),
}
TABLE_HEADS = {
    "train": (["Point", "Statement"], ["No.", "Finding"], ["Item", "What the document says", "Source"]),
    "validation": (["Entry", "Text"],),
    "test": (["Rank", "Detail"], ["Order", "Passage", "Origin"]),
}
SCHEMA_KEYS = {
    "train": (
        ("headline", "key_points", "summary"),
        ("title", "findings", "overview"),
        ("subject", "facts", "abstract"),
    ),
    "validation": (("caption", "items", "digest"),),
    "test": (("topic", "statements", "synopsis"), ("label", "evidence", "outline")),
}
LINE_LABELS = (
    ["Background", "Finding"],
    ["Main matter", "Other matters"],
    ["Facts", "Remarks"],
    ["Opening", "Close"],
    ["Known", "Also known"],
)
SIGNATURES = ("the records desk", "the review team", "the reading room", "the document office", "the archive staff")


def _schema(case: _Case) -> dict[str, Any]:
    """An object with a short title, a list of points, a summary with words bounds, and at times a fixed field."""
    title, points, summary = case.pick(SCHEMA_KEYS)
    low = {"train": 20, "validation": 25, "test": 22}[case.split] + 10 * case.rng.randint(0, 1)
    properties: dict[str, Any] = {
        title: {"type": "string", "maxLength": 60},
        points: {
            "type": "array",
            "items": {"type": "string"},
            "minItems": max(2, case.n_due - 1),
            "maxItems": case.n_due + case.rng.randint(3, 5),
        },
        summary: {"type": "string"},
    }
    if case.rng.random() < 0.5:
        properties["basis"] = {"type": "string", "enum": ["document", "other"]}
    order = list(properties)
    case.rng.shuffle(order)
    schema = {
        "type": "object",
        "properties": {key: properties[key] for key in order},
        "required": order,
        "additionalProperties": False,
    }
    return {"schema": schema, "words": {summary: [low, low + 30]}}


def _table(case: _Case) -> dict[str, Any]:
    args: dict[str, Any] = _items(case)
    if case.rng.random() < 0.6:
        args["headers"] = list(case.pick(TABLE_HEADS))
    else:
        args["columns"] = case.rng.randint(2, 3)
    return args


def _sentences_per_paragraph(case: _Case) -> dict[str, int]:
    if case.split == "train":
        return case.rng.choice(({"exactly": 2}, {"at_most": 2}))
    return {"exactly": 3} if case.split == "validation" else {"at_least": 2, "at_most": 3}


def _sentences(case: _Case) -> dict[str, int]:
    burden = sum(name not in _LIGHT for name in case.chosen) - 1
    return case.count(case.n_due + burden, case.n_due + burden + 3)


_DRAWS: dict[str, Callable[[_Case], dict[str, Any]]] = {
    "all_capitals": lambda case: {},
    "all_lowercase": lambda case: {},
    "block_quotes": _few,
    "bold_leads": _items,
    "bullets": _bullets,
    "capital_words": lambda case: case.at_least(2, 4),
    "checklist": _items,
    "code_block": lambda case: {},
    "divided": lambda case: {"mark": case.rng.choice(("---", "***", "===")), "parts": case.rng.randint(2, 3)},
    "ends_with": lambda case: {"phrase": case.pick(ENDS)},
    "ends_with_question": lambda case: {},
    "highlights": lambda case: case.at_least(1, min(case.n_due, 4)),
    "json_keys": lambda case: {"keys": list(case.pick(KEY_LISTS))},
    "json_only": lambda case: {},
    "json_schema": _schema,
    "keyword_frequency": lambda case: {"word": case.pick(KEYWORDS), "at_least": 2},
    "keywords_present": lambda case: {"words": case.rng.sample(KEYWORDS[case.split], case.rng.randint(1, 3))},
    "labelled_lines": lambda case: {"labels": list(case.rng.choice(LINE_LABELS))},
    "line_count": lambda case: case.count(max(3, case.n_due - 1), case.n_due + 3),
    "markdown_title": lambda case: {"at_most": {"train": 6, "validation": 7, "test": 5}[case.split]},
    "nested_bullets": _items,
    "nth_paragraph_first_word": lambda case: {"paragraph": case.rng.randint(1, 3), "word": case.pick(OPENERS)},
    "numbered_list": _items,
    "ordinal_openers": lambda case: {"count": case.rng.randint(2, min(4, max(2, case.n_due)))},
    "paragraph_count": lambda case: case.count(2, max(2, min(case.n_due, 5))),
    "paragraph_sentences": _sentences_per_paragraph,
    "parentheses": lambda case: case.at_least(2, 3),
    "placeholders": lambda case: case.at_least(1, 3),
    "postscript": lambda case: {"marker": "P.P.S." if case.split == "test" else "P.S."},
    "questions": lambda case: {"at_least": 2} if case.split == "test" else {"at_least": 1},
    "semicolons": lambda case: {"at_least": {"train": case.rng.choice((1, 2)), "validation": 2, "test": 3}[case.split]},
    "short_sentences": lambda case: {
        "words": {"train": case.rng.choice((5, 6)), "validation": 5, "test": 4}[case.split],
        "at_least": 3 if case.split == "test" else 2,
    },
    "sections": lambda case: {"marker": case.pick(SECTION_MARKERS), **case.count(2, min(3, max(2, case.n_due)))},
    "sentence_count": _sentences,
    "sentence_per_line": lambda case: {},
    "signed": lambda case: {
        "label": case.rng.choice(("Prepared by", "Reviewed by", "Compiled by")),
        "name": case.rng.choice(SIGNATURES),
    },
    "starts_with": lambda case: {"phrase": case.pick(STARTS)},
    "summary_line": lambda case: {"label": case.pick(SUMMARY_LABELS)},
    "table": _table,
    "title": lambda case: {},
    "word_count": _words,
    "wrapped_in_quotes": lambda case: {},
    "wrapped_in_tag": lambda case: {"tag": case.pick(TAGS)},
}
