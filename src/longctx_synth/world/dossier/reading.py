"""The finished text back into facts: the second reading that has to agree with the world.

The sentences of the program's own prose are parsed with its templates, each turned into a regular expression:
alternatives and vocabulary become groups, slots become named groups of their type. Nothing is known here of a world's
objects. `foreign` is the closed world for a model's prose, which no template describes: figures, dates and names that
the facts did not put there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from longctx_synth.checks import text as t
from longctx_synth.world.dossier.kinds import KINDS

_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_FIGURE = r"\d{1,3}(?:,\d{2,3})*(?:\.\d+)?|\d+(?:\.\d+)?"
_TYPES = {
    "count": r"-?\d[\d,]*",
    "date": rf"\d{{1,2}} {_MONTH} \d{{4}}|{_MONTH} \d{{1,2}}, \d{{4}}",
    "amount": rf"(?:[^\s\d]{{1,4}} ?)?(?:{_FIGURE})(?: [^\d]{{2,24}}?)?",
    "percentage": r"\d+(?:\.\d+)? ?(?:%|per cent)",
    "duration": r"\d[\d,]* (?:minutes|hours|days|weeks|months|years)",
    "code": r"[A-Z]{1,4}-\d{3,6}",
    "person": r"[^\W\d_][^\d.,;:]{1,50}?",
    "name": r"[^\W_][^.;:]{0,70}?",
}
_TOKEN = re.compile(r"\[|\]|\||\$[a-z]+|\{[a-z_]+\}|[Aa]~|[^\[\]|${}]")


@lru_cache(maxsize=64)
def _readers(kind_name: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """(fact type, a literal piece that every such sentence holds, its pattern) for all templates of a kind."""
    kind = KINDS[kind_name]
    found = []
    for type_, templates in kind.types.items():
        for template in templates:
            found.append((type_, _literal(template), re.compile(_pattern(template, kind_name), re.DOTALL)))
    return tuple(found)


def _pattern(template: str, kind_name: str) -> str:
    kind = KINDS[kind_name]
    parts: list[str] = []
    seen: set[str] = set()
    tokens = _TOKEN.findall(template)
    for token, before, after in zip(tokens, ["", *tokens], [*tokens[1:], ""], strict=False):
        if token == "[":
            parts.append("(?:")
        elif token == "]":
            parts.append(")")
        elif token == "|":
            parts.append("|")
        elif token[0] == "$" and len(token) > 1:
            parts.append("(?:" + "|".join(map(re.escape, kind.words[token[1:]])) + ")")
        elif token[0] == "{":
            slot = token[1:-1]
            if slot not in kind.slots:
                parts.append(f"(?:{_TYPES['name']})")  # org, city, one of the cast
            elif slot in seen:
                parts.append(f"(?P={slot})")
            else:
                seen.add(slot)
                parts.append(f"(?P<{slot}>{_TYPES[kind.slots[slot]]})")
        elif token in ("a~", "A~"):
            parts.append(f"{token[0]}n? ")
        elif token == " ":
            # An empty alternative leaves no blank behind. Elsewhere a blank stands: "Tamruas 418" is not "Tamru" "as".
            parts.append(" ?" if {before, after} & {"[", "|", "]"} else " ")
        else:
            parts.append(re.escape(token))
    pattern = "".join(parts)
    first = re.match(r"[a-z]", pattern)
    return f"[{first[0]}{first[0].upper()}]{pattern[1:]}" if first else pattern


def _literal(template: str) -> str:
    """The longest stretch of plain words outside brackets and slots."""
    plain = template
    while "[" in plain:
        plain = re.sub(r"\[[^\[\]]*\]", "\0", plain)
    stretches = re.split(r"\0|\$[a-z]+|\{[a-z_]+\}|[Aa]~", plain)
    return max((stretch.strip(" .,") for stretch in stretches), key=len)[1:]  # the first letter may be a capital


def parse_sentence(kind_name: str, sentence: str) -> list[tuple[str, dict[str, str]]]:
    """All readings of a sentence as a fact: (type, values by slot). None for a remark; more than one is an ambiguous
    template.
    """
    found: list[tuple[str, dict[str, str]]] = []
    for type_, literal, pattern in _readers(kind_name):
        if literal in sentence:
            match = pattern.fullmatch(sentence)
            if match:
                reading = (type_, {slot: text for slot, text in match.groupdict().items() if text is not None})
                if reading not in found:
                    found.append(reading)
    return found


def parse(kind_name: str, sentences: Iterable[str]) -> list[tuple[str, dict[str, str]]]:
    """The facts that the sentences state, in reading order; ambiguous ones with their first reading."""
    return [readings[0] for sentence in sentences if (readings := parse_sentence(kind_name, sentence))]


_NAME = re.compile(r"\b[^\W\d_a-z][\w'’-]*(?: [^\W\d_a-z][\w'’-]*)*")


def foreign(text: str, sources: Sequence[str]) -> list[str]:
    """Numbers and capitalised names in a text that none of the sources holds; the first word of a sentence may be any."""
    known_numbers = {number for source in sources for number in t.numbers(source)}
    strange = [number for number in t.numbers(text, structural=False) if number not in known_numbers]
    known = " ".join(t.normal(source) for source in sources)
    for sentence in t.sentences(text):
        for match in _NAME.finditer(sentence):
            words = match[0].split()
            if match.start() == 0 or sentence[: match.start()].strip("\"'“‘(") == "":
                words = words[1:]
            if words and not t.mentions(known, t.normal(" ".join(words))):
                strange.append(" ".join(words))
    return list(dict.fromkeys(strange))
