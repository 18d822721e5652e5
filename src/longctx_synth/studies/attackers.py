"""Readers that take shortcuts: linear models that choose a candidate answer from part of what a reader needs.

A `Context` is a text cut into sentences; `look` lists its candidates of the asked type (`studies.candidates`) with features
that cost nothing to understand: BM25 of the sentence around a value against the question, how far a mention of the question's
rarest term is, position, frequency, size among the figures, and whether answers of other rows looked the same. A `Ranker`
weighs them, trained by comparing right with wrong candidates. What an attacker may look at is what makes it one: the text that
it is given (the row's, another row's, the last tenth, the question alone) and the candidates it may choose from (`VIEWS`).

What always holds:
- All is linear in the text; arrays are as long as the sentences and the values of one context.
- What answers of other rows tell (`Told`) comes from rows that are neither trained on nor tried. Were it the other rows of the same
  ones, what a row is told would depend on its own answer (the fewer others have it, the likelier), and a model would find out.
- Nothing is drawn at random but by a generator that the caller seeds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from longctx_synth.studies.candidates import NAMES, Occurrence, key, occurrences, size

NEGATIVES = 30  # wrong candidates a row that a ranker is trained on: half of them those in the likeliest sentences
MOST_OPTIONS, MOST_CLASSES = 50, 100
COMMON = 0.1  # share of the sentences above which a term is no landmark
K1, B = 1.2, 0.75  # BM25 as Robertson and Zaragoza (2009) give it

# A sentence ends in a mark and what closes it, before a blank and no small letter; a line ends one too.
_BREAK = re.compile(
    r"([.!?](?<!\b[A-Z]\.)(?<!\bNo\.)(?<!\b[MD]r\.)(?<!\bMrs\.)(?<!\bSt\.)[\"”’')]{0,2})[ \t]{1,4}(?=[^\sa-z])|\n\s*"
)
_WORD = re.compile(r"\w+")
_STOP = frozenset(
    "a about after all an and any are as at be been before between by did do does for from had has have he how if in into is it "
    "its many much of on or over she than that the their them there these they this those to under up was were what when "
    "where which who whom whose why will with would".split()
)


class Context:
    """A text, its sentences as offsets, and its values by type, each found once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[Any, list[Occurrence]] = {}

    @cached_property
    def lower(self) -> str:
        """The text in lower case, offsets unchanged."""
        lower = self.text.lower()
        return lower if len(lower) == len(self.text) else "".join(c.lower()[:1] or c for c in self.text)

    @cached_property
    def spans(self) -> tuple[np.ndarray, np.ndarray]:
        """Start and end of every sentence, lines that end without a mark included."""
        starts, ends, last = [], [], 0
        for match in _BREAK.finditer(self.text):
            end = match.end(1) if match[1] else match.start()
            if end > last:
                starts.append(last)
                ends.append(end)
            last = match.end()
        if last < len(self.text) or not starts:
            starts.append(last)
            ends.append(len(self.text))
        return np.array(starts), np.array(ends)

    def sentence_of(self, places: np.ndarray) -> np.ndarray:
        """The number of the sentence that each offset lies in."""
        return np.maximum(np.searchsorted(self.spans[0], places, side="right") - 1, 0)

    def values(self, type_: str, options: tuple[str, ...], around: frozenset[str]) -> list[Occurrence]:
        """Its values of a type, in reading order; `options` and `around` as `candidates.occurrences` takes them."""
        name = (type_, options if type_ == "choice" else (), around if type_ in NAMES else frozenset())
        if name not in self._found:
            self._found[name] = occurrences(type_, self.text, options, around)
        return self._found[name]

    def last_tenth(self) -> Context:
        """The last tenth of it, from a sentence's start."""
        cut = len(self.text) - len(self.text) // 10
        later = self.spans[0][self.spans[0] >= cut]
        return Context(self.text[int(later[0]) if len(later) else cut :])


@dataclass(frozen=True)
class Told:
    """What answers of other rows of a question kind tell: which there are, how often, and what they look like.

    options: the answers of a choice, in alphabetical order. around: the ordinary words in them ("depot").
    """

    counts: Counter[str] = field(default_factory=Counter)
    shapes: Counter[str] = field(default_factory=Counter)
    firsts: Counter[str] = field(default_factory=Counter)
    lasts: Counter[str] = field(default_factory=Counter)
    options: tuple[str, ...] = ()
    around: frozenset[str] = frozenset()

    @classmethod
    def by(cls, type_: str, answers: Sequence[str], known: Sequence[tuple[str, str]]) -> Told:
        """Told by these answers, as they are written.

        known: (document, answer) of more rows, for options and words alone; one that a single document has is none, so a row's
        own answer adds nothing to what it is told.
        """
        keys = [key(type_, answer) for answer in answers]
        words = [k.split() or [""] for k in keys]
        options = _common([(document, key(type_, answer)) for document, answer in known]) if type_ == "choice" else []
        ordinary = [(document, word) for document, answer in known for word in answer.split() if word.islower()]
        return cls(
            Counter(keys),
            Counter(map(shape, keys)),
            Counter(w[0] for w in words),
            Counter(w[-1] for w in words),
            tuple(sorted(options[:MOST_OPTIONS])),
            frozenset(_common(ordinary)) if type_ in NAMES else frozenset(),
        )

    @property
    def frequent(self) -> list[str]:
        """The most frequent answers."""
        return sorted(self.counts, key=lambda name: (-self.counts[name], name))[:MOST_OPTIONS]

    @property
    def n(self) -> int:
        """How many answers told it."""
        return sum(self.counts.values())


def _common(known: Sequence[tuple[str, str]]) -> list[str]:
    """What two documents or more have, the most frequent first."""
    counts = Counter(what for _, what in set(known))
    return sorted((what for what in counts if counts[what] > 1), key=lambda what: (-counts[what], what))


@lru_cache(maxsize=1 << 16)
def shape(key_: str) -> str:
    """What a value looks like: digits and letters by their kind, repetitions once. "rs4471/23" -> "a9/9"."""
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", key_)))


class Question:
    """What is asked, as the attackers read it: the terms (stemmed), the values that it names, the type of the answer."""

    def __init__(self, asked: str, type_: str, told: Told) -> None:
        self.type, self.told = type_, told
        words = [word for word in _WORD.findall(asked) if word.lower() not in _STOP]
        self.terms = list(dict.fromkeys(stem(word.lower()) for word in words))
        # Names and figures: digits, and capitals that are not the sentence's own.
        own = {
            stem(w.lower()) for w in words if w[0].isdigit() or (w[0].isupper() and not asked.lstrip().startswith(w))
        }
        self.is_own = np.array([term in own for term in self.terms], bool)
        by_length = sorted(self.terms, key=lambda term: (-len(term), term))
        self.pattern = re.compile(rf"(?<!\w)({'|'.join(by_length)})(?:ing|ed|es|s)?(?!\w)")
        text = Context(asked)
        named = [found.key for found in text.values(type_, told.options, told.around)]
        if type_ == "choice":  # "A or B": the options may be names of the row's own
            named += [found.key for found in text.values("name", (), frozenset())]
        self.named = list(dict.fromkeys(named))
        self.options = tuple(dict.fromkeys([*told.options, *self.named])) if type_ == "choice" else ()


def stem(word: str) -> str:
    """A word without the commonest English endings; those of less than four letters stay whole."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


@dataclass(frozen=True)
class Seen:
    """The candidates of a context: their keys, features [candidates, features], and which of them two attackers may choose.

    top: in the sentence of the highest BM25 score that holds any; near: next before or after a mention of the rarest term.
    """

    keys: list[str]
    features: np.ndarray
    top: np.ndarray
    near: np.ndarray


def look(context: Context, question: Question, extra: Sequence[str] = ()) -> Seen:
    """The candidates in a context for this question. extra: keys that are candidates wherever they stand, or nowhere."""
    told, found = question.told, context.values(question.type, question.options, question.told.around)
    number: dict[str, int] = {}
    for value in found:
        number.setdefault(value.key, len(number))
    for option in (*question.options, *extra):
        number.setdefault(option, len(number))
    keys, n = list(number), len(number)
    which = np.array([number[value.key] for value in found], int)
    start, end = (np.array([getattr(value, side) for value in found], int) for side in ("start", "end"))
    bm25, cover, mentions = _against(context, question)
    sentence = context.sentence_of(start)
    stands = np.bincount(which, minlength=n) if n else np.zeros(0, int)

    def most(values: np.ndarray) -> np.ndarray:
        best = np.zeros(n)
        np.maximum.at(best, which, values)
        return best

    around = np.maximum(np.append(bm25[1:], 0), np.append(0, bm25[:-1]))
    rank = np.empty(len(bm25))
    rank[np.argsort(-bm25, kind="stable")] = np.arange(len(bm25))
    place = start / max(len(context.text), 1)
    order = np.arange(len(found))
    before, after = _distances(start, end, mentions)
    near = np.zeros(n, bool)
    near[which[_next_to(start, end, mentions)]] = True
    near &= ~np.isin(keys, question.named) | (question.type == "choice")
    highest = max(float(bm25.max()), 1e-9)
    top = np.zeros(n, bool)
    if len(found) and bm25[sentence].max() > 0:
        top[which[sentence == sentence[np.argmax(bm25[sentence])]]] = True
    if question.type == "choice" and not len(found):
        top = near = np.ones(n, bool)  # options that the text never names, such as yes and no, can only be guessed
    sizes = np.array([size(question.type, name) for name in keys], float)
    by_size = _ranks(sizes)
    in_question = np.array([name in question.named for name in keys], float)
    at = {name: place for place, name in enumerate(question.named)}
    last = len(question.named) - 1
    shapes, total = [shape(name) for name in keys], max(told.n, 1)
    words = [name.split() or [""] for name in keys]
    columns = [
        most(bm25[sentence]) / highest,
        most(1 / (1 + rank[sentence])),
        most(cover[sentence]),
        most(around[sentence]) / highest,
        top,
        np.log1p(stands),
        stands == stands.max(initial=0),
        np.where(stands > 0, 1 - most(1 - place), 0.0),
        most(place),
        most(order == 0),
        most(order == len(found) - 1),
        most(1 / (1 + order)),
        most(1 / (1 + order[::-1])),
        most(np.exp(-before / 100)),
        most(np.exp(-after / 100)),
        near,
        in_question,
        [at.get(name) == 0 for name in keys],
        [at.get(name) == last for name in keys],
        by_size,
        by_size == 1,
        by_size == 0,
        np.abs(by_size - 0.5),
        np.log1p([told.counts[name] for name in keys]),
        [name in told.frequent[:1] for name in keys],
        [told.shapes[each] / total for each in shapes],
        [told.firsts[each[0]] / total for each in words],
        [told.lasts[each[-1]] / total for each in words],
        [min(len(name), 40) / 40 for name in keys],
        [len(each) / 4 for each in words],
        most(np.array([value.typed for value in found], float)),
    ]
    features = np.column_stack([np.asarray(column, float) for column in columns]) if n else np.zeros((0, len(columns)))
    return Seen(keys, features.astype(np.float32), top, near)


def _against(context: Context, question: Question) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """BM25 and share of the question's weight by sentence, and where the question's rarest terms are mentioned."""
    starts, ends = context.spans
    n, width = len(starts), len(question.terms)
    column = {term: place for place, term in enumerate(question.terms)}
    hits = [(match.start(), column[match[1]]) for match in question.pattern.finditer(context.lower)] if width else []
    if not hits:
        return np.zeros(n), np.zeros(n), np.zeros(0, int)
    places, terms = (np.array(side, int) for side in zip(*hits, strict=True))
    counts = np.bincount(context.sentence_of(places) * width + terms, minlength=n * width).reshape(n, width)
    within = (counts > 0).sum(0)
    weight = np.log(1 + (n - within + 0.5) / (within + 0.5))
    length = (ends - starts) / (ends - starts).mean()
    bm25 = (counts * (K1 + 1) / (counts + K1 * (1 - B + B * length)[:, None])) @ weight
    cover = (counts > 0) @ weight / weight.sum()
    rare = (within > 0) & (within <= max(2, n * COMMON))
    rare = rare & question.is_own if (rare & question.is_own).any() else rare
    rarest = rare & (within == within[rare].min(initial=n))
    return bm25, cover, places[rarest[terms]]


def _distances(start: np.ndarray, end: np.ndarray, mentions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Characters from each value back to the last mention before it, and on to the first after it; far where there is none."""
    far = np.full(len(start), 1e6)
    if not len(mentions):
        return far, far
    place = np.searchsorted(mentions, start)
    before = np.where(place > 0, start - mentions[np.maximum(place - 1, 0)], far)
    after = np.where(place < len(mentions), mentions[np.minimum(place, len(mentions) - 1)] - end, far)
    return before, np.maximum(after, 0)


def _next_to(start: np.ndarray, end: np.ndarray, mentions: np.ndarray) -> np.ndarray:
    """The numbers of the values that stand next before and next after each mention."""
    if not len(start):
        return np.zeros(0, int)
    before, after = np.searchsorted(end, mentions, side="right") - 1, np.searchsorted(start, mentions, side="right")
    return np.unique(np.concatenate([before[before >= 0], after[after < len(start)]]))


def _ranks(sizes: np.ndarray) -> np.ndarray:
    """The rank of each size among them, 0 (smallest) to 1 (largest); 0.5 for what has no size."""
    ranks = np.full(len(sizes), 0.5)
    known = np.flatnonzero(~np.isnan(sizes))
    if len(known) > 1:
        ranks[known[np.argsort(sizes[known], kind="stable")]] = np.linspace(0, 1, len(known))
    return ranks


# What is trained


def contrasts(seen: Seen, allowed: np.ndarray, gold: frozenset[str], rng: np.random.Generator) -> np.ndarray:
    """What tells a right candidate from wrong ones: differences of their features, [pairs, features]; none without a right one."""
    right = np.array([name in gold for name in seen.keys], bool) & allowed
    wrong = np.flatnonzero(allowed & ~right)
    if not right.any() or not len(wrong):
        return np.zeros((0, seen.features.shape[1]), np.float32)
    if len(wrong) > NEGATIVES:
        hard = wrong[np.argsort(-seen.features[wrong, 0], kind="stable")[: NEGATIVES // 2]]
        wrong = np.concatenate([hard, rng.choice(np.setdiff1d(wrong, hard), NEGATIVES - len(hard), replace=False)])
    best = np.flatnonzero(right)[0]
    return seen.features[best] - seen.features[wrong]


def fit_ranker(rows: Sequence[np.ndarray]) -> np.ndarray | None:
    """Weights that rank right above wrong candidates, from the contrasts of each row; None where there is none to learn from.

    A logistic regression of pairs (Herbrich et al. 2000), every row counting as one.
    """
    from sklearn.linear_model import LogisticRegression

    rows = [row for row in rows if len(row)]
    if not rows:
        return None
    pairs = np.concatenate(rows).astype(float)
    scale = np.sqrt((pairs**2).mean(0)) + 1e-9
    signs = np.where(np.arange(len(pairs)) % 2, 1.0, -1.0)  # both classes; the mirrored pairs say the same
    weight = np.concatenate([np.full(len(row), 1 / len(row)) for row in rows])
    if len(pairs) < 2:
        return pairs[0] / scale
    model = LogisticRegression(fit_intercept=False, max_iter=200, solver="newton-cholesky")
    model.fit(pairs / scale * signs[:, None], signs, sample_weight=weight)
    return model.coef_[0] / scale


def choose(seen: Seen, allowed: np.ndarray, weights: np.ndarray | None) -> str | None:
    """The key of the candidate that ranks first; the first to stand there where no weights were learned; None without any."""
    if not allowed.any():
        return None
    scores = seen.features @ weights if weights is not None else np.zeros(len(seen.keys))
    return seen.keys[int(np.argmax(np.where(allowed, scores, -np.inf)))]


class Classifier:
    """The answer from the question's words alone, among the answers that other rows of the kind had at least twice."""

    def __init__(self, asked: Sequence[str], answers: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        counts = Counter(answers)
        ordered = sorted(counts, key=lambda name: (-counts[name], name))
        classes = {name for name in ordered[:MOST_CLASSES] if counts[name] > 1}
        self.constant = ordered[0] if ordered else None
        self.model: Any = None
        if len(classes) > 1:
            known = [place for place, name in enumerate(answers) if name in classes]
            words = CountVectorizer(ngram_range=(1, 2), binary=True, token_pattern=r"\w+")
            self.model = make_pipeline(words, LogisticRegression(C=10, max_iter=100, tol=1e-3))
            self.model.fit([asked[place] for place in known], [answers[place] for place in known])

    def answer(self, asked: str) -> str | None:
        """The likeliest answer; the most frequent one where the questions taught nothing."""
        return self.constant if self.model is None else str(self.model.predict([asked])[0])
