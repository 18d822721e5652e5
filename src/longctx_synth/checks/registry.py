"""The registry of checks: what a check is, how its arguments are validated, how it is run on a text.

A check is a plain function `name(response, *, prompt, **args) -> Verdict`, entered by the decorator `check`. What travels
in the data is a *spec*, `{"check": name, "args": {...}}`; `parse` turns JSON or a list into specs and refuses, with one
sentence, whatever a function could not take. Invariants that `run` holds for every check: reasoning up to `</think>` is
stripped first; a blank text fails, also where the check only forbids something; no text makes one raise; the score is 1.0
exactly when the verdict passed.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from longctx_synth.errors import SettingsError
from longctx_synth.verdict import Verdict, all_of, failed

Spec = dict[str, Any]
Prompt = str | Sequence[Mapping[str, Any]]
Validator = Callable[[Any], str | None]
Repair = Callable[..., str | None]

KINDS = ("constraint", "truth", "hygiene")


class BadCheck(SettingsError):
    """A spec names no check, or gives arguments that the check cannot take."""


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of the registry.

    kind: "constraint" (a format that an instruction asks for), "truth" (agrees with the document), "hygiene" (never wrong to ask).
    ifeval: IFEval has this kind; held_out: used in test and evaluation only; sampled: `sample` may draw it.
    prior: share of ordinary answers that pass it unasked (see benchmarks/priors.py).
    claims: parts of an answer that it lays hold of; two checks with a claim in common cannot go together.
    repair: a lossless edit towards it, or None.
    """

    name: str
    kind: str
    function: Callable[..., Verdict]
    args: Mapping[str, Validator]
    required: frozenset[str]
    ifeval: bool = False
    held_out: bool = False
    sampled: bool = False
    prior: float = 0.0
    claims: frozenset[str] = frozenset()
    valid: Callable[[dict[str, Any]], str | None] | None = None
    repair: Repair | None = None
    doc: str = field(default="", repr=False)


_CHECKS: dict[str, Check] = {}


def check(
    kind: str,
    *,
    args: Mapping[str, Validator] | None = None,
    ifeval: bool = False,
    held_out: bool = False,
    sampled: bool = False,
    prior: float = 0.0,
    claims: str = "",
    valid: Callable[[dict[str, Any]], str | None] | None = None,
    repair: Repair | None = None,
) -> Callable[[Callable[..., Verdict]], Callable[..., Verdict]]:
    """Enter a function into the registry under its own name; `args` maps each argument to its validator.

    Arguments without a default in the signature are required; `valid` sees all arguments together.
    """

    def enter(function: Callable[..., Verdict]) -> Callable[..., Verdict]:
        name = function.__name__
        parameters = [
            p for p in inspect.signature(function).parameters.values() if p.name not in ("response", "prompt")
        ]
        declared = dict(args or {})
        assert kind in KINDS and {p.name for p in parameters} == set(declared), name
        assert name not in _CHECKS, name
        _CHECKS[name] = Check(
            name,
            kind,
            function,
            declared,
            frozenset(p.name for p in parameters if p.default is inspect.Parameter.empty),
            ifeval,
            held_out,
            sampled,
            prior,
            frozenset(claims.split()),
            valid,
            repair,
            (function.__doc__ or "").strip(),
        )
        return function

    return enter


def names() -> list[str]:
    """Every check's name, sorted."""
    return sorted(_CHECKS)


def info(name: str) -> Check:
    """The registry's entry; raises BadCheck where there is none."""
    try:
        return _CHECKS[name]
    except (KeyError, TypeError):
        raise BadCheck(f"There is no check {name!r}; the checks are: {', '.join(names())}.") from None


def parse(checks: str | Sequence[Spec]) -> list[Spec]:
    """The specs of a `checks` column (JSON) or of a list; raises BadCheck, with one sentence, where one is wrong."""
    value: Any = checks
    if isinstance(checks, str):
        try:
            value = json.loads(checks)
        except (ValueError, RecursionError) as error:
            raise BadCheck(f"The checks are not JSON ({error}); give a list like {_EXAMPLE}.") from None
    if not isinstance(value, list | tuple):
        raise BadCheck(f"The checks are a {type(value).__name__}, not a list; give a list like {_EXAMPLE}.")
    return [_parsed(spec) for spec in value]


_EXAMPLE = '[{"check": "word_count", "args": {"at_least": 40}}]'


def _parsed(spec: Any) -> Spec:
    if not isinstance(spec, Mapping) or "check" not in spec or set(spec) - {"check", "args"}:
        raise BadCheck(f"The check {_short(spec)} is not of the form {_EXAMPLE[1:-1]}.")
    entry = info(spec["check"])
    args = spec.get("args")
    args = {} if args is None else args
    if not isinstance(args, Mapping):
        raise BadCheck(f"The arguments of {entry.name} are not an object: {_short(args)}.")
    args = {name: value for name, value in args.items() if value is not None}
    unknown = sorted(set(args) - set(entry.args))
    if unknown:
        takes = ", ".join(entry.args) or "no arguments"
        raise BadCheck(f"{entry.name} has no argument {unknown[0]!r}; it takes {takes}.")
    missing = sorted(entry.required - set(args))
    if missing:
        raise BadCheck(f"{entry.name} needs the argument {missing[0]!r}.")
    for name, value in args.items():
        wrong = entry.args[name](value)
        if wrong:
            raise BadCheck(f"{entry.name}: {name} must be {wrong}, not {_short(value)}.")
    wrong = entry.valid(args) if entry.valid else None
    if wrong:
        raise BadCheck(f"{entry.name}: {wrong}.")
    return {"check": entry.name, "args": args}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def prompt_text(prompt: Prompt) -> str:
    """A prompt as one text: the contents of its messages, joined by blank lines."""
    if isinstance(prompt, str):
        return prompt
    return "\n\n".join(str(message.get("content") or "") for message in prompt)


def answer_text(response: str) -> str:
    """The answer proper: what follows the last `</think>`; nothing where reasoning was opened and never closed."""
    _, closed, rest = response.rpartition("</think>")
    if closed:
        return rest.strip()
    return "" if response.lstrip().startswith("<think>") else response.strip()


def is_blank(text: str) -> bool:
    """Whether a text has no letter and no digit."""
    return not any(map(str.isalnum, text))


def run(spec: Spec, response: str, prompt: Prompt = "") -> Verdict:
    """The verdict of one check on one response. Raises BadCheck for a bad spec, never for a text."""
    return run_all([spec], response, prompt)[0]


def run_all(checks: str | Sequence[Spec], response: str, prompt: Prompt = "") -> list[Verdict]:
    """The verdicts of all checks on one response, in their order."""
    specs = parse(checks)
    text = answer_text(response)
    if is_blank(text):
        return [failed("The answer is empty.") for _ in specs]
    document = prompt_text(prompt)
    return [_CHECKS[spec["check"]].function(text, prompt=document, **spec["args"]) for spec in specs]


def judge(checks: str | Sequence[Spec], response: str, prompt: Prompt = "") -> Verdict:
    """All checks as one verdict: passes when every one passes; scores their mean."""
    return all_of(run_all(checks, response, prompt))


def repair(checks: str | Sequence[Spec], response: str, prompt: Prompt = "") -> tuple[str, list[str]]:
    """The response with lossless repairs of its failed checks, and the names of the checks so repaired.

    A repair stays only if its own check then passes and no check that passed before fails: a text is never made worse.
    """
    specs = parse(checks)
    text = answer_text(response)
    if is_blank(text):
        return response, []
    document = prompt_text(prompt)
    before = run_all(specs, text, document)
    for patient in (True, False):
        mended, names_ = _mended(specs, text, document, before, patient)
        after = run_all(specs, mended, document)
        if names_ and all(new.passed for old, new in zip(before, after, strict=True) if old.passed):
            return mended, names_
    return response, []


def _mended(
    specs: list[Spec], text: str, document: str, verdicts: list[Verdict], patient: bool
) -> tuple[str, list[str]]:
    """One or more rounds of repairs. Where patient, one may break another that has a repair too, to be mended in the next round."""
    repaired: list[str] = []
    for _ in range(3 if patient else 1):
        start = text
        for at, spec in enumerate(specs):
            entry = _CHECKS[spec["check"]]
            if verdicts[at].passed or entry.repair is None:
                continue
            better = entry.repair(text, prompt=document, **spec["args"])
            if better is None or is_blank(better):
                continue
            after = run_all(specs, better, document)
            broken = [
                other for other, old, new in zip(specs, verdicts, after, strict=True) if old.passed and not new.passed
            ]
            if after[at].passed and all(patient and _CHECKS[other["check"]].repair for other in broken):
                text, verdicts = better, after
                if entry.name not in repaired:
                    repaired.append(entry.name)
        if text == start:
            break
    return text, repaired
