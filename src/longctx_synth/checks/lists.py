"""Checks on blocks that are lists: bullets and their kin, numbered lists, quotes set apart, Markdown tables."""

from __future__ import annotations

import re

from longctx_synth.checks import args as a
from longctx_synth.checks import text as t
from longctx_synth.checks.registry import check
from longctx_synth.verdict import PASSED, Verdict, failed

_MARKS = a.one_of("-", "*", "+", "•")


def _with_mark(response: str, mark: str) -> str:
    """The response with every bullet's mark replaced."""
    out = []
    for line in response.split("\n"):
        match = t.BULLET.match(line) if t.line_kind(line) == "bullet" else None
        out.append(f"{match[1]}{mark} {match[3]}" if match else line)
    return "\n".join(out)


def _to_bullets(response: str, *, prompt: str, mark: str | None = None, **args: int) -> str | None:
    if t.bullets(response):
        return _with_mark(response, mark) if mark else None
    out = []
    for line in response.split("\n"):
        match = t.NUMBER.match(line)
        out.append(f"{match[1]}{mark or '-'} {match[3]}" if match else line)
    return "\n".join(out)


@check(
    "constraint",
    args={"mark": _MARKS, **a.BOUNDS},
    valid=a.bounds_valid,
    ifeval=True,
    sampled=True,
    prior=0.1,
    claims="block",
    repair=_to_bullets,
)
def bullets(
    response: str,
    *,
    prompt: str,
    mark: str | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
    exactly: int | None = None,
) -> Verdict:
    """The number of bullet points is within the bounds, all with `mark` where one is given."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    found = t.bullets(response)
    wrong = [other for _, other, _ in found if mark and other != mark]
    if wrong:
        said = f"{a.plural(len(wrong), 'bullet point')} of the answer begin with {wrong[0]!r}; all must begin with {mark!r}."
        return failed(said, 1 - len(wrong) / len(found))
    return a.within(len(found), "bullet point", low, high)


def _to_numbers(response: str, *, prompt: str, **args: int) -> str | None:
    """Bullets as numbers, or numbers that run from 1; items and their order stay."""
    out, at = [], 0
    for line in response.split("\n"):
        match = t.BULLET.match(line) if t.line_kind(line) == "bullet" else t.NUMBER.match(line)
        if match and len(match[1]) < 2:
            at += 1
            out.append(f"{at}. {match[3]}")
        else:
            out.append(line)
    return "\n".join(out) if at else None


@check(
    "constraint",
    args=a.BOUNDS,
    valid=a.bounds_valid,
    sampled=True,
    prior=0.05,
    claims="block",
    repair=_to_numbers,
)
def numbered_list(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """One numbered list, 1, 2, 3 ..., whose length is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    found = [number for number, _ in t.numbered(response)]
    if found != list(range(1, len(found) + 1)):
        right = sum(number == at for at, number in enumerate(found, 1))
        return failed("The items of the numbered list must be numbered 1, 2, 3 and so on.", 0.9 * right / len(found))
    return a.within(len(found), "numbered item", low, high)


_BOX = re.compile(r"^\[[ xX]\][ \t]+\S")


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, held_out=True, sampled=True, prior=0.01, claims="block")
def checklist(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of checklist items, `- [ ] text`, is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    return a.within(sum(bool(_BOX.match(body)) for _, _, body in t.bullets(response)), "checklist item", low, high)


_LEAD = re.compile(r"^\*\*[^*]{1,120}\*\*:?[ \t]*\S")


@check(
    "constraint",
    args=a.BOUNDS,
    valid=a.bounds_valid,
    held_out=True,
    sampled=True,
    prior=0.05,
    claims="block emphasis",
)
def bold_leads(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """Every bullet point opens with a label in bold (`- **Label:** text`), and their number is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    found = t.bullets(response)
    bold = sum(bool(_LEAD.match(body)) for _, _, body in found)
    if bold < len(found):
        said = f"{a.plural(len(found) - bold, 'bullet point')} of the answer open without a bold label; every one needs one."
        return failed(said, bold / len(found))
    return a.within(bold, "bullet point with a bold label", low, high)


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, held_out=True, sampled=True, prior=0.01, claims="block")
def nested_bullets(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of sub-points (bullets indented by two blanks or more under a bullet) is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    found = t.bullets(response)
    if found and found[0][0] >= 2:
        return failed("The first bullet point must not be indented; sub-points stand under a bullet point.")
    return a.within(sum(indent >= 2 for indent, _, _ in found), "sub-point", low, high)


@check("constraint", args=a.BOUNDS, valid=a.bounds_valid, held_out=True, sampled=True, prior=0.01, claims="block")
def block_quotes(
    response: str, *, prompt: str, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None
) -> Verdict:
    """The number of lines set apart as block quotes (`> text`) is within the bounds."""
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    found = sum(kind == "quote" and not t.is_wordless(line) for kind, line in t.lines(response))
    return a.within(found, "block-quote line", low, high)


_DELIMITER = re.compile(r"^:?-+:?$")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip()[1:-1].replace("\\|", "\x00").split("|")]


def first_table(response: str) -> list[list[str]]:
    """The cells of the first Markdown table, its header first and without the rule under it; empty where there is none."""
    rows: list[list[str]] = []
    for kind, line in t.lines(response):
        if kind == "table":
            rows.append(_cells(line))
        elif rows:
            if len(rows) > 1 and all(_DELIMITER.match(cell) for cell in rows[1]):
                break
            rows = []
    if len(rows) < 2 or not all(_DELIMITER.match(cell) for cell in rows[1]):
        return []
    return [rows[0], *rows[2:]]


@check(
    "constraint",
    args={"columns": a.integer(1, 50), "headers": a.texts, **a.BOUNDS},
    valid=lambda args: a.bounds_valid(args) if set(args) & set(a.BOUNDS) else None,
    sampled=True,
    prior=0.03,
    claims="block",
)
def table(
    response: str,
    *,
    prompt: str,
    columns: int | None = None,
    headers: list[str] | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
    exactly: int | None = None,
) -> Verdict:
    """A Markdown table of this shape: so many columns, these headers in order, and rows below the header within the bounds."""
    cells = first_table(response)
    if not cells:
        return failed("The answer has no Markdown table (a header row, a row of dashes, then rows between | marks).")
    width = len(cells[0])
    ragged = sum(len(row) != width for row in cells)
    if ragged:
        return failed(f"{a.plural(ragged, 'row')} of the table differ from its header in the number of cells.", 0.3)
    if columns is not None and width != columns:
        return failed(f"The table has {a.plural(width, 'column')}; it must have {columns}.", 0.4)
    if headers is not None and [t.normal(cell) for cell in cells[0]] != [t.normal(header) for header in headers]:
        return failed(f"The table's header must be: {' | '.join(headers)}.", 0.5)
    empty = sum(t.is_wordless(cell) for row in cells for cell in row)
    if empty:
        return failed(f"{a.plural(empty, 'cell')} of the table are empty.", 0.6)
    low, high = a.limits({"at_least": at_least, "at_most": at_most, "exactly": exactly})
    return a.within(len(cells) - 1, "row", max(low, 1), high, where="The table has")


_COMMA = re.compile(r",(?![0-9])")


@check("constraint", args={"at_least": a.integer(2, 1000)}, prior=0.3, claims="commas")
def comma_list(response: str, *, prompt: str, at_least: int) -> Verdict:
    """Some line lists at least so many things, parted by commas (a comma inside a number parts nothing)."""
    best = max(len([part for part in _COMMA.split(line) if not t.is_wordless(part)]) for line in response.split("\n"))
    if best >= at_least:
        return PASSED
    return failed(
        f"The longest comma-separated list has {a.plural(best, 'item')}; it must have at least {at_least}.",
        best / at_least,
    )
