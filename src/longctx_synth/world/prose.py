"""Small grammar for sentences: alternatives, vocabulary, and slots whose place in the text is known.

A template is a line such as

    [On inspection|During the visit], {s} [was found|turned out] to need {v} of work on the $part.

`expand` settles `[a|b]` (they nest) and `$word` (drawn from the kind's vocabulary, no word twice in a sentence) and
leaves a *pattern*, in which
only slots are open. `render` fills the slots and returns where each filled slot stands. A pattern depends on the
structure seed alone, the values come later: that is how a twin has the same sentences with other values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_WORD = re.compile(r"\$([a-z]+)")
_SLOT = re.compile(r"\{([a-z_!]+)\}")
_ARTICLE = re.compile(r"\b([Aa])~(\w)")
_GAP = re.compile(r" +(?=[ ,.;:])|\A +")
_VOWELS = "aeiouAEIOU"


def lines(text: str) -> tuple[str, ...]:
    """The non-empty lines of a block of templates."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def expand(template: str, rng: Random, words: Mapping[str, Sequence[str]]) -> str:
    """A pattern: alternatives and vocabulary settled, slots still open. `a~` becomes "a" or "an" by the next letter."""
    while "[" in template:
        template = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), template)
    used: set[str] = set()

    def word(match: re.Match[str]) -> str:
        options = [option for option in words[match[1]] if option not in used] or list(words[match[1]])
        chosen = rng.choice(options)
        used.add(chosen)
        return chosen

    while "$" in template:
        template = _WORD.sub(word, template)
    template = _ARTICLE.sub(lambda match: match[1] + ("n " if match[2] in _VOWELS else " ") + match[2], template)
    return _GAP.sub("", template).strip()


def slots(pattern: str) -> list[str]:
    """The names of the slots of a pattern or template, in order."""
    return _SLOT.findall(pattern)


def render(pattern: str, fill: Mapping[str, str]) -> tuple[str, dict[str, tuple[int, int]]]:
    """The sentence, first letter capital, and each slot's span in it (the first, where a slot stands twice)."""
    parts: list[str] = []
    spans: dict[str, tuple[int, int]] = {}
    length = position = 0
    for match in _SLOT.finditer(pattern):
        parts.append(pattern[position : match.start()])
        length += match.start() - position
        text = fill[match[1]]
        spans.setdefault(match[1], (length, length + len(text)))
        parts.append(text)
        length += len(text)
        position = match.end()
    parts.append(pattern[position:])
    return capitalised("".join(parts)), spans


def capitalised(sentence: str) -> str:
    """With a capital first letter; the length stays."""
    first = sentence[:1].upper()
    return first + sentence[1:] if len(first) == 1 else sentence


def listed(items: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"
