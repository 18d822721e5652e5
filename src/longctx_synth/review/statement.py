"""Is this model-written sentence a true statement of this one fact, and of nothing else?

The closed world of a small piece of text: the value stands in it, what it is about is named, and no number and no name
occurs that the fact did not bring. Pure functions from text to Verdict; no text makes one raise.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from longctx_synth import checks
from longctx_synth.verdict import PASSED, Verdict, failed

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,:\u00a0\u202f]\d+)*")
_SMALL = frozenset(
    (
        "a an the of for to in on at by and or with from that which who whom whose is was were are be been as it its "
        "this these those their his her into per than then there under over between during after before about"
    ).split()
)
_NEUTRAL = frozenset(
    (
        "according document report record recorded records state stated states note noted notes show shows shown list "
        "listed lists give given gives mention mentioned say says said amount amounts amounted come came comes total exactly "
        "has have had also set put made stand stands stood name named names lies lay"
    ).split()
)
_RELATIVE = frozenset("who whom which that where how what when".split())
_EQUALS = re.compile(
    r"(?:^|\b(?:is|was|are|were|reads|(?:comes|came|amounts|amounted) to)"
    r"(?: exactly| a total of| at| on| by| (?:given|stated|recorded|listed) as| (?:put|set) at)?) ?$"
)
_ARTICLE = re.compile(r"\b(?:a|an|the)\s+$")
_FINITE = frozenset("is was are were be been has have had will would must can could may does did lies lay".split())
CLOSE = 0.75  # seen: below it, sentences of a small model are garbled more often than not
_BOILERPLATE = re.compile(
    r"(?i)\b(?:as an ai|language model|i cannot|i can't|i'm sorry|here is|here's|plain sentence|the fact|in other words)\b"
)


def content_words(text: str) -> list[str]:
    """The words that carry meaning, lower-cased, in order."""
    return [word for word in (match.group().lower() for match in _WORD.finditer(text)) if word not in _SMALL]


def coverage(sentence: str, ask: str) -> float:
    """The share (0 to 1) of the content words of `ask` that the sentence has, by their first five letters."""
    stems = {word[:5] for word in content_words(ask)}
    found = {word[:5] for word in content_words(sentence)}
    return len(stems & found) / len(stems) if stems else 1.0


def foreign_numbers(sentence: str, sources: Sequence[str]) -> list[str]:
    """Numbers of the sentence that stand in no source."""
    known = {match.group() for source in sources for match in _NUMBER.finditer(source)}
    return [match.group() for match in _NUMBER.finditer(sentence) if match.group() not in known]


def foreign_names(sentence: str, sources: Sequence[str]) -> list[str]:
    """Capitalised words, other than at a sentence's start, that stand in no source."""
    known = {word.lower() for source in sources for word in _WORD.findall(source)}
    found = []
    for match in _WORD.finditer(sentence):
        word = match.group()
        start = match.start() == 0 or sentence[: match.start()].rstrip()[-1:] in (".", "!", "?", ":", '"', "“", "")
        if word[0].isupper() and not start and word.lower().removesuffix("'s").removesuffix("’s") not in known:
            found.append(word)
    return found


def foreign_words(sentence: str, sources: Sequence[str]) -> list[str]:
    """Content words that stand in no source and are not a report's neutral words; another form of a word is another word.

    A small model that changes "the changing house" into "the change house" has changed a name.
    """
    known = {word for source in sources for word in content_words(source)} | _NEUTRAL
    return [word for word in content_words(sentence) if word not in known]


_UNIT = re.compile(r"[^\W\d_]|[^\s\w.,:;/()-]")  # a letter, or a sign such as € or %


def gives(sentence: str, value: str, forms: Sequence[str]) -> bool:
    """Whether the value stands in the sentence as it is spelled, and with its unit or currency where it has one."""
    whole = [form for form in (value, *forms) if _UNIT.search(form) or not _UNIT.search(value)]
    spelled = {text for form in whole for text in (form, form[:1].upper() + form[1:])}
    return any(_place(sentence, text) >= 0 for text in spelled)


def _place(sentence: str, text: str) -> int:
    """Where a value first stands in a sentence, and not inside another: 3 does not stand in 93,872. -1 where it does not."""
    match = re.search(rf"(?<![\w,.-]){re.escape(text)}(?!\w|[,.-]\w)", sentence)
    return match.start() if match else -1


def closeness(sentence: str, wordings: Sequence[str]) -> float:
    """How near (0 to 1) the sentence comes to the nearest wording: the share of words in matching runs, in order.

    A small model garbles what it rephrases freely; what stays near a wording that is known to be right stays right.
    """
    words = sentence.lower().rstrip(".!").split()
    return max(
        (
            SequenceMatcher(None, words, wording.lower().rstrip(".!").split(), autojunk=False).ratio()
            for wording in wordings
        ),
        default=0.0,
    )


def states_fact(
    sentence: str,
    *,
    ask: str,
    value: str,
    forms: Sequence[str],
    wordings: Sequence[str] = (),
    words: tuple[int, int] = (5, 45),
    close: float = CLOSE,
) -> Verdict:
    """Whether `sentence` is one sentence that states the fact and claims nothing else.

    ask: the noun phrase that asks for the value. forms: accepted forms of the value. wordings: sentences known to state the
    fact; where given, a word that neither they nor `ask` have counts as a claim of its own. close: how near one of them it is.
    """
    text = sentence.strip()
    count = len(_WORD.findall(text))
    if not words[0] <= count <= words[1]:
        return failed(f"It has {count} words; write one sentence of {words[0]} to {words[1]} words.")
    if "\n" in text or not text.endswith((".", "!")) or any(mark in text for mark in '{}[]<>*#|`"“”'):
        return failed("End with a full stop; no quotation marks.")
    if not text[0].isupper() and not text[0].isdigit():
        return failed("Begin the sentence with a capital letter.")
    if text.rstrip(".!").count(". ") or "! " in text or "?" in text:
        return failed("Write one sentence only.")
    verdict = checks.run(
        {"check": "facts_mentioned", "args": {"facts": [{"name": ask, "forms": list(forms)}]}}, text, ""
    )
    if not verdict.passed or not gives(text, value, forms):
        return failed(f"Write {value} exactly so.")
    if _BOILERPLATE.search(text) and not _BOILERPLATE.search(ask):
        return failed("Write only the fact itself, as in a report.")
    numbers = foreign_numbers(text, (ask, *forms))
    if numbers:
        return failed(f"Leave out the number {numbers[0]}.")
    names = foreign_names(text, (ask, *forms, *wordings))
    if names:
        return failed(f"Spell every name as the fact does, and leave out {names[0]}.")
    new = foreign_words(text, (ask, *forms, *wordings)) if wordings else []
    if new:
        return failed(f'Use the words of the fact; leave out "{new[0]}".')
    share = max(coverage(text, ask), *(coverage(text, wording.replace(value, "")) for wording in wordings), 0.0)
    if share < 0.85:
        return failed(f"Name all of what it is about: {ask}.", share)
    near = closeness(text, [*wordings, f"{ask} is {value}", f"{ask} was {value}"]) if wordings else 1.0
    if near < close:
        return failed("Say it more plainly.", near)
    lowered = [word.lower() for word in _WORD.findall(text)]
    superlatives = [word for word in content_words(ask) if word.endswith(("est", "most", "first", "last"))]
    if any(word not in lowered for word in superlatives):
        return failed(f'Keep the word "{superlatives[0]}".')
    threes = [tuple(lowered[i : i + 3]) for i in range(len(lowered) - 2)]
    if len(set(threes)) < len(threes):
        return failed("Do not repeat words.")
    asked = [word.lower() for word in _WORD.findall(ask)]
    spare = Counter(lowered) - Counter(asked) - Counter(word.lower() for word in _WORD.findall(value))
    says = any(word in _FINITE or word not in _SMALL for word in spare)
    clause = any(word in _RELATIVE for word in asked)  # its verb may have become the sentence's
    if not says and (lowered[:4] == asked[:4] or not (clause or set(lowered) & _FINITE)):
        return failed("Write a whole sentence with a verb.")
    # "The place where the keys are kept ..." has said nothing yet: what is asked for has to be set equal to the value.
    if lowered[:2] == asked[:2] and asked[:1] == ["the"] and not _EQUALS.search(text[: max(_place(text, value), 0)]):
        return failed(f"End the sentence with: is {value}.")
    if _ARTICLE.search(text, 0, max(text.find(value), 0)) and not any(
        _ARTICLE.search(w, 0, w.find(value)) for w in wordings
    ):
        return failed(f"Write {value} without an article.")
    return PASSED
