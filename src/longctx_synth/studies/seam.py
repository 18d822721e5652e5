"""Can evidence be recognised without the question? A bag of words tells evidence sentences from others of the same
contexts.

Figures stand as a token of their own, so that "has a number in it" counts as a word. Cross-validated by document: all
sentences of one are in the same fold. Contexts pass by once; what is kept of each is its evidence and as many other
sentences. Rows whose evidence is more than half of the sentences are left out: there nothing is hidden among other
things. Of a conversation only sentences that state something are held against each other, those with a figure, a full name
or quoted words that are no question, on either side: its small talk is known for what it is, and nobody looks for a fact there.
"""

from __future__ import annotations

import math
import random
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from longctx_synth.strata import stable_seed
from longctx_synth.studies.attackers import Context

BOUND = 0.6  # AUC (DESIGN, section 6)
FEWEST = 20  # sentences of each class below which nothing is measured
MOST = 8  # evidence sentences a row, and as many others
MOST_ROWS = 4000
FOLDS = 5
ALL = "all worlds"

_ENDS = (".", "!", "?", '."', ".”")
_STATES = re.compile(r"\d|[\"“]|[^\W\d_a-z][\w’'-]+ [^\W\d_a-z][\w’'-]")  # "Then I" is no name
_FIGURE = re.compile(r"(?<!\w)[^\W\d]*[0-9][\w.,/\-]*")


@dataclass(frozen=True)
class SeamFigures:
    """One world. auc: 0.5 is blind; nan where there are too few sentences."""

    world: str
    evidence: int
    other: int
    auc: float

    @property
    def measured(self) -> bool:
        """Whether there were sentences enough."""
        return not math.isnan(self.auc)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the AUC by the standard error of Hanley and McNeil (1982)."""
        if not self.measured:
            return 0.0, 1.0
        a, m, n = self.auc, self.evidence, self.other
        variance = a * (1 - a) + (m - 1) * (a / (2 - a) - a * a) + (n - 1) * (2 * a * a / (1 + a) - a * a)
        half = 1.96 * math.sqrt(max(variance, 0.0) / (m * n))
        return max(0.0, a - half), min(1.0, a + half)

    @property
    def above(self) -> bool:
        """Whether the AUC itself is above the bound."""
        return self.measured and self.auc > BOUND

    @property
    def leaky(self) -> bool:
        """Whether the whole interval is above the bound."""
        return self.measured and self.interval[0] > BOUND

    def figures(self) -> dict[str, Any]:
        """The figures as JSON."""
        low, high = (round(side, 4) for side in self.interval)
        known = {"auc": round(self.auc, 4), "low": low, "high": high} if self.measured else {"auc": None}
        return {
            "world": self.world,
            "evidence": self.evidence,
            "other": self.other,
            **known,
            "above": self.above,
            "leaky": self.leaky,
        }


class Seam:
    """Sentences gathered row by row; a row that comes twice counts once."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.texts: list[str] = []
        self.labels: list[int] = []
        self.groups: list[str] = []
        self.worlds: list[str] = []

    def add(
        self, row: str, world: str, group: str, context: Context, evidence: list[tuple[int, int]], talk: bool = False
    ) -> None:
        """Keep a row's evidence sentences and as many others, drawn by the row's name. group: its document; talk: a conversation."""
        if row in self.seen or len(self.seen) >= MOST_ROWS or not evidence:
            return
        self.seen.add(row)
        starts, ends = (side.tolist() for side in context.spans)
        holding: set[int] = set()
        for since, until in evidence:
            holding.update(range(bisect_right(ends, since), bisect_left(starts, until)))
        sentences = [context.text[start:end] for start, end in zip(starts, ends, strict=True)]
        # Titles, headings, cells and asides are no sentences, on either side: held back on one, their absence would be the seam.
        whole = [place for place, text in enumerate(sentences) if text.count(" ") >= 3 and text.endswith(_ENDS)]
        if talk:
            whole = [
                place for place in whole if _STATES.search(sentences[place]) and not sentences[place].endswith("?")
            ]
        mine = [place for place in whole if place in holding]
        others = [place for place in whole if place not in holding]
        if len(mine) > len(others):
            return  # a question over the whole: where most of a text is evidence, the rest of it is told by being the rest
        rng = random.Random(stable_seed(row, "seam"))
        mine = rng.sample(mine, min(MOST, len(mine), len(others)))
        drawn = rng.sample(others, len(mine))
        for label, places in ((1, mine), (0, drawn)):
            for place in places:
                self.texts.append(_FIGURE.sub(" 0figure ", sentences[place]))
                self.labels.append(label)
                self.groups.append(group)
                self.worlds.append(world)

    def measure(self, seed: int = 0) -> list[SeamFigures]:
        """The AUC in each world, each by a classifier of its own, and in all of them together last."""
        evidence = {
            (group, text) for group, text, label in zip(self.groups, self.texts, self.labels, strict=True) if label
        }
        by_world: dict[str, list[int]] = defaultdict(list)
        counted: set[tuple[str, str]] = set()
        for place, (world, sentence) in enumerate(
            zip(self.worlds, zip(self.groups, self.texts, strict=True), strict=True)
        ):
            # Rows share documents: what is evidence of one is no other sentence of another, and a sentence counts once.
            if sentence not in counted and (self.labels[place] or sentence not in evidence):
                counted.add(sentence)
                by_world[world].append(place)
        parts = sorted(by_world.items())
        if len(parts) != 1:
            parts.append((ALL, sorted(place for places in by_world.values() for place in places)))
        return [self._part(world, places, seed) for world, places in parts]

    def _part(self, world: str, places: list[int], seed: int) -> SeamFigures:
        labels = [self.labels[place] for place in places]
        evidence = sum(labels)
        other = len(labels) - evidence
        groups = sorted({self.groups[place] for place in places}, key=lambda group: stable_seed(seed, group, "seam"))
        if min(evidence, other) < FEWEST or len(groups) < FOLDS:
            return SeamFigures(world, evidence, other, float("nan"))
        fold = {group: number % FOLDS for number, group in enumerate(groups)}
        folds = [fold[self.groups[place]] for place in places]
        return SeamFigures(world, evidence, other, _auc([self.texts[place] for place in places], labels, folds))


def _auc(texts: list[str], labels: list[int], folds: list[int]) -> float:
    """ROC AUC of a logistic regression over words, every text scored by a model of the other folds."""
    import numpy as np
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    words = CountVectorizer(binary=True, token_pattern=r"\w+").fit_transform(texts)
    truth, fold, scores = np.array(labels), np.array(folds), np.zeros(len(labels))
    for each in range(FOLDS):
        train, tried = np.flatnonzero(fold != each), np.flatnonzero(fold == each)
        if len(set(truth[train])) == 2 and len(tried):
            model = LogisticRegression(solver="liblinear", C=0.3, random_state=0).fit(words[train], truth[train])
            scores[tried] = model.decision_function(words[tried])
    return float(roc_auc_score(truth, scores))
