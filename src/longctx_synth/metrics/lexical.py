"""Lexical diversity: how many different words a text uses.

The plain type-token ratio falls with length (a long text repeats its function words), so it compares texts of equal
length only. The moving average (Covington and McFall 2010, "Cutting the Gordian knot: the moving-average type-token
ratio (MATTR)", Journal of Quantitative Linguistics 17) takes the ratio in every window of fixed size, and does not.
"""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of a text, case-folded: runs of letters and digits, with inner apostrophes and hyphens ("don't")."""
    return [match.group().casefold() for match in _WORD.finditer(text)]


def type_token_ratio(tokens: list[str]) -> float:
    """Different tokens by tokens, in (0, 1]; 0.0 for no token.

    >>> type_token_ratio(["the", "cat", "the", "dog"])
    0.75
    """
    return len(set(tokens)) / len(tokens) if tokens else 0.0


def moving_average_type_token_ratio(tokens: list[str], window: int = 50) -> float:
    """The mean type-token ratio of all windows of `window` consecutive tokens; the plain ratio of a shorter text.

    Linear in the number of tokens, whatever the window. `window` is at least 1; ValueError otherwise.

    >>> moving_average_type_token_ratio(["a", "b", "a", "a"], window=2)  # windows ab, ba, aa
    0.8333333333333334
    """
    if window < 1:
        raise ValueError(f"window is {window}, it must be at least 1")
    if len(tokens) <= window:
        return type_token_ratio(tokens)
    inside = Counter(tokens[:window])
    types = len(inside)
    for leaving, entering in zip(tokens, tokens[window:], strict=False):
        inside[entering] += 1
        inside[leaving] -= 1
        if not inside[leaving]:
            del inside[leaving]
        types += len(inside)
    return types / window / (len(tokens) - window + 1)
