"""Validators of check arguments: each takes a value and returns None, or what the value must be.

`BOUNDS` and `bounds_valid` serve every check that counts something: `at_least`, `at_most`, or `exactly`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longctx_synth.checks.registry import Validator
from longctx_synth.verdict import PASSED, Verdict, failed


def integer(low: int, high: int = 1_000_000) -> Validator:
    """An int in [low, high]; bool is none."""

    def validate(value: Any) -> str | None:
        good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return None if good else f"a whole number from {low:,} to {high:,}"

    return validate


def boolean(value: Any) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else "true or false"


def number(value: Any) -> str | None:
    """A finite int or float."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    return None if good else "a number"


def text(value: Any) -> str | None:
    """A string with at least one visible character."""
    return None if isinstance(value, str) and value.strip() else "a text that is not blank"


def texts(value: Any) -> str | None:
    """A list of at least one text."""
    good = isinstance(value, list | tuple) and value and all(text(item) is None for item in value)
    return None if good else "a list of texts"


def word(value: Any) -> str | None:
    """One word, or several with single blanks; letters or digits at both ends."""
    good = isinstance(value, str) and value and value[0].isalnum() and value[-1].isalnum() and "\n" not in value
    return None if good else "a word"


def words(value: Any) -> str | None:
    """A list of at least one word."""
    good = isinstance(value, list | tuple) and value and all(word(item) is None for item in value)
    return None if good else "a list of words"


def one_line(value: Any) -> str | None:
    """A text without line break."""
    return None if text(value) is None and "\n" not in value and "\r" not in value else "a text of one line"


def one_of(*options: str) -> Validator:
    """One of the given strings."""

    def validate(value: Any) -> str | None:
        return None if isinstance(value, str) and value in options else "one of " + ", ".join(map(repr, options))

    return validate


def facts(value: Any) -> str | None:
    """A list of {"name": text, "forms": [text, ...]}."""

    def good(fact: Any) -> bool:
        whole = isinstance(fact, Mapping) and set(fact) == {"name", "forms"}
        return whole and text(fact["name"]) is None and forms(fact["forms"]) is None

    right = isinstance(value, list | tuple) and value and all(map(good, value))
    return None if right else 'a list of {"name": ..., "forms": [...]}'


def forms(value: Any) -> str | None:
    """A list of texts that each hold a letter or digit: one in which none stands would match nothing."""
    if texts(value) is None and all(any(map(str.isalnum, form)) for form in value):
        return None
    return "a list of texts with letters or digits"


def items(value: Any) -> str | None:
    """A list of lists of forms."""
    good = isinstance(value, list | tuple) and value and all(forms(item) is None for item in value)
    return None if good else "a list of lists of texts"


def allowed(value: Any) -> str | None:
    """A list, empty or not, of texts and numbers."""
    good = isinstance(value, list | tuple) and all(isinstance(v, str) or number(v) is None for v in value)
    return None if good else "a list of numbers or texts"


BOUNDS: dict[str, Validator] = {"at_least": integer(0), "at_most": integer(0), "exactly": integer(0)}


def bounds_valid(args: dict[str, Any]) -> str | None:
    """At least one bound, `exactly` alone, and not upside down."""
    low, high, exact = args.get("at_least"), args.get("at_most"), args.get("exactly")
    if exact is not None:
        return "give exactly, or at_least and at_most, not both" if low is not None or high is not None else None
    if low is None and high is None:
        return "give at_least, at_most or exactly"
    if low is not None and high is not None and low > high:
        return f"at_least ({low}) is above at_most ({high})"
    return None


def limits(args: Mapping[str, Any]) -> tuple[int, int | None]:
    """(lowest, highest or None) that the bounds of a counting check allow."""
    if args.get("exactly") is not None:
        return args["exactly"], args["exactly"]
    return args.get("at_least") or 0, args.get("at_most")


def plural(count: int, thing: str) -> str:
    """`1 word`, `2 words`; a thing that ends in y, ch or x takes its own plural."""
    if count == 1:
        return f"1 {thing}"
    joint = next((word for word in (" in ", " of ", " with ") if word in thing), "")
    first, _, rest = thing.partition(joint) if joint else (thing, "", "")
    if first.endswith("y") and first[-2] not in "aeiou":
        first = first[:-1] + "ies"
    elif first.endswith(("ch", "x", "s")):
        first += "es"
    else:
        first += "s"
    return f"{count:,} {first}" + (f"{joint}{rest}" if rest else "")


def must(low: int, high: int | None) -> str:
    """`between 40 and 80`, `at least 3`, `at most 5`, `exactly 4`."""
    if high is None:
        return f"at least {low:,}"
    if low == high:
        return f"exactly {low:,}"
    return f"between {low:,} and {high:,}" if low else f"at most {high:,}"


def within(count: int, thing: str, low: int, high: int | None, where: str = "The answer has") -> Verdict:
    """The verdict on a count: the score falls with the distance from the nearer bound."""
    if low <= count and (high is None or count <= high):
        return PASSED
    score = count / low if count < low else (high or 0) / count
    return failed(f"{where} {plural(count, thing)}; it must have {must(low, high)}.", score)
