"""Does a dataset have shortcuts? Attackers that cannot read are trained on its rows and tried on others.

An attacker sees part of what a reader needs: the most frequent answer, the question alone, another row's document, the last
tenth of the context, the sentence that shares most words with the question, the values next to its rarest term. Each is a
linear model (`studies.attackers`) trained for one question kind at a time. Where one beats the success rate of a guess
(`scenario.chance`, known to the builder) by more than five points, the kind can be answered without reading. A linear reader
of the row's whole context stands beside them: it is shown, and held to no bound. Last, a bag of words tries to tell evidence
sentences from others without the question (`studies.seam`).

What always holds:
- Where a kind has `LEAST` rows in train and in the test split, attackers are trained on the first and tried on the second. Where
  not (no test split, kinds that occur in one split only), the kind's rows of both are cut into `FOLDS` folds by document, each
  tried by attackers that were trained on the others. With `test_split="train"` that is done in train, for every kind.
- One fold of the rows that train only tells rankers what answers look like (`attackers.Told`); they neither learn from it nor try it.
- A success is equality with the gold answer, or with a form that the row's `exact_answer` check takes, under
  `candidates.key`. The checks themselves are not run: they may ask for quotes and layout, which says nothing of a shortcut.
- Rows stream: in memory are two contexts for each kind of world, and of each row its question and some 30 rows of features.
- The same folder, seed and settings give the same figures.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from longctx_synth.errors import SettingsError
from longctx_synth.strata import stable_seed
from longctx_synth.studies import seam
from longctx_synth.studies.asked import Row, contexts, files_by_split, read_rows
from longctx_synth.studies.attackers import (
    Classifier,
    Context,
    Question,
    Seen,
    Told,
    choose,
    contrasts,
    fit_ranker,
    look,
)
from longctx_synth.studies.candidates import key
from longctx_synth.studies.shares import LEAST, READER, Attack, KindFigures, together

FOLDS = 5
TELLING = 0  # the fold whose answers tell the rankers what answers of the kind look like


def attack(
    folder: Path | str,
    *,
    test_split: str | None = None,
    n: int = 2000,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, rows: None,
) -> Attack:
    """Try every attacker on the dataset `folder`.

    test_split: whose rows are tried; None takes "test" where there is one, else folds of train; "train" asks for folds of train.
    n: most rows a split, drawn by `seed`. progress: called with (rows done, rows). Raises SettingsError for a folder that is
    none, rows that say no question kind or chance, too few rows, or where scikit-learn is not installed.
    """
    if n < 1:
        raise SettingsError("--n must be at least 1.")
    folder = Path(folder)
    files = files_by_split(folder)
    _need_sklearn()
    test_split = _test_split(folder, files, test_split)
    used = {name: files[name] for name in dict.fromkeys(("train", test_split)) if name in files}
    rows, unanswered = read_rows(used, n, seed)
    trials, few = _trials(rows, test_split, seed)
    if not trials:
        most = max(few.values(), default=0)
        raise SettingsError(
            f"{str(folder)!r} has too few rows to attack: no question kind has {LEAST} of them over {FOLDS} documents (the "
            f"most is {most}); build more rows, or fewer kinds."
        )
    study = _Study(used, trials, seed, progress)
    study.run()
    study.look_for_seams(unanswered)
    return Attack(folder, seed, together(list(study.shares.values())), study.seam.measure(seed), few, len(unanswered))


def _test_split(folder: Path, files: dict[str, list[Path]], asked: str | None) -> str:
    if asked is None:
        return "test" if "test" in files else "train"
    if asked not in files:
        raise SettingsError(f"--test-split {asked}: {str(folder)!r} has the splits {', '.join(files)}.")
    return asked


def _need_sklearn() -> None:
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise SettingsError(
            "attack trains linear models with scikit-learn, which is not installed: pip install 'longctx-synth[eval]'."
        ) from None


# Who is trained on what


@dataclass
class Trial:
    """One question kind: rows to fit attackers on, each in a fold, and rows to try them on (of the fit, or of fold -1).

    The fold `TELLING` tells rankers what answers look like; its rows are neither trained on nor tried by them.
    """

    kind: str
    fit: list[Row]
    tried: list[Row]
    tried_on: str

    def others(self, fold: int) -> list[Row]:
        """The rows that may teach an attacker what it is tried for in this fold."""
        return [row for row in self.fit if row.fold != fold]


def _trials(rows: list[Row], test_split: str, seed: int) -> tuple[list[Trial], dict[str, int]]:
    """What is tried, by kind, and how many rows have the kinds that are not."""
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row)
    trials, few = [], {}
    for kind, of_kind in sorted(by_kind.items()):
        fit = [row for row in of_kind if row.split == "train"]
        tried, tried_on = [row for row in of_kind if row.split != "train"], test_split
        in_folds = min(len(fit), len(tried)) < LEAST
        fit = of_kind if in_folds else fit
        groups = sorted({row.group for row in fit}, key=lambda group: stable_seed(seed, group))
        if len(fit) < LEAST or len(groups) < FOLDS:
            few[kind] = len(fit)
            continue
        fold = {group: place % FOLDS for place, group in enumerate(groups)}
        for row in fit:
            row.fold = fold[row.group]
        if in_folds:
            tried, tried_on = [row for row in fit if row.fold != TELLING], "folds"
        trials.append(Trial(kind, fit, tried, tried_on))
    return trials, few


class _Study:
    """The attackers of all kinds: one reading of the rows that train, one of those that are tried."""

    def __init__(
        self, files: dict[str, list[Path]], trials: list[Trial], seed: int, progress: Callable[[int, int], None]
    ) -> None:
        self.files = files
        self.trials = {trial.kind: trial for trial in trials}
        self.seed, self.progress = seed, progress
        self.shares = {kind: KindFigures(kind, len(t.tried), t.tried_on) for kind, t in self.trials.items()}
        self.seam = seam.Seam()
        self.told: dict[tuple[str, str], Told] = {}
        self.named: dict[tuple[str, str], Seen] = {}  # of one kind at a time
        self.done, self.total = 0, sum(len(list(_taught(trial.fit))) + len(trial.tried) for trial in trials)

    def run(self) -> None:
        """Train and try."""
        for trial in self.trials.values():
            self._without_context(trial)
            self.named.clear()
        lessons: dict[tuple[str, str], list[tuple[int, np.ndarray]]] = defaultdict(list)
        for row, name, seen, allowed in self._looks(
            row for trial in self.trials.values() for row in _taught(trial.fit)
        ):
            rng = np.random.default_rng(stable_seed(self.seed, row.id, name))
            lessons[row.kind, name].append((row.fold, contrasts(seen, allowed, row.gold, rng)))
        weights = {
            (kind, name, fold): fit_ranker([lesson for other, lesson in learned if other != fold])
            for (kind, name), learned in lessons.items()
            for fold in {row.fold for row in self.trials[kind].tried}
        }
        lessons.clear()
        for row, name, seen, allowed in self._looks(row for trial in self.trials.values() for row in trial.tried):
            answer = choose(seen, allowed, weights.get((row.kind, name, row.fold)))
            self.shares[row.kind].shares[name].add(answer in row.gold, row.chance)

    def _told(self, row: Row) -> Told:
        place = (row.kind, row.type)
        if place not in self.told:
            fit = [other for other in self.trials[row.kind].fit if other.type == row.type]
            telling = [other.answer for other in fit if other.fold == TELLING]
            self.told[place] = Told.by(row.type, telling, [(other.group, other.answer) for other in fit])
        return self.told[place]

    def _question(self, row: Row) -> Question:
        return Question(row.asked, row.type, self._told(row))

    # Attackers that see no context

    def _without_context(self, trial: Trial) -> None:
        shares = self.shares[trial.kind].shares
        for fold in sorted({row.fold for row in trial.tried}):
            others = trial.others(fold)
            constant = Counter(key(row.type, row.answer) for row in others).most_common(1)[0][0]
            best = self._question_only(others)
            for row in trial.tried:
                if row.fold == fold:
                    shares["most_frequent"].add(constant in row.gold, row.chance)
                    shares["question_only"].add(best(row) in row.gold, row.chance)

    def _question_only(self, rows: list[Row]) -> Callable[[Row], str | None]:
        """The better of two: a classifier of the question's words, and a ranker of what it names and of known answers.

        Which is better is decided on halves of these rows.
        """
        halves = [[row for row in _taught(rows) if row.fold % 2 == half] for half in (0, 1)]
        makers = (self._by_words, self._by_rank)
        won = [0, 0]
        if all(halves):
            for train, tried in (halves, halves[::-1]):
                for place, maker in enumerate(makers):
                    answer = maker(train)
                    won[place] += sum(answer(row) in row.gold for row in tried)
        return makers[1 if won[1] > won[0] else 0](rows)

    def _by_words(self, rows: list[Row]) -> Callable[[Row], str | None]:
        classifier = Classifier([row.asked for row in rows], [key(row.type, row.answer) for row in rows])
        return lambda row: classifier.answer(row.asked)

    def _by_rank(self, rows: list[Row]) -> Callable[[Row], str | None]:
        lessons = []
        for row in _taught(rows):
            seen = self._named(row)
            rng = np.random.default_rng(stable_seed(self.seed, row.id))
            lessons.append(contrasts(seen, _any(seen), row.gold, rng))
        weights = fit_ranker(lessons)
        return lambda row: choose(seen := self._named(row), _any(seen), weights)

    def _named(self, row: Row) -> Seen:
        """The question read as its own context, and known answers beside what it names."""
        place = (row.split, row.id)
        if place not in self.named:
            self.named[place] = look(Context(row.asked), self._question(row), self._told(row).frequent)
        return self.named[place]

    def look_for_seams(self, rows: Iterable[Row]) -> None:
        """The evidence of rows that no attacker is tried on."""
        for row, text, evidence in contexts(self.files, rows):
            self.seam.add(f"{row.split}/{row.id}", row.world, row.group, Context(text), evidence, row.talk)

    # Attackers that see some

    def _looks(self, rows: Iterable[Row]) -> Iterator[tuple[Row, str, Seen, np.ndarray]]:
        """What each attacker sees of each row, and which candidates it may choose."""
        last: dict[tuple[str, str], deque[tuple[frozenset[str], Context]]] = defaultdict(lambda: deque(maxlen=2))
        waiting: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row, text, evidence in contexts(self.files, rows):
            context = Context(text)
            self.seam.add(f"{row.split}/{row.id}", row.world, row.group, context, evidence, row.talk)
            question = self._question(row)
            seen = look(context, question)
            yield row, READER, seen, _any(seen)
            yield row, "lexical_top", seen, seen.top
            yield row, "nearest_value", seen, seen.near
            tail = look(context.last_tenth(), question)
            yield row, "last_tenth", tail, _any(tail)
            # Another document of the same world: the one before; the first wait for the next.
            place = (row.split, row.world)
            ready = [other for other in waiting[place] if not other.documents & row.documents]
            for other in ready:
                waiting[place].remove(other)
                swapped = look(context, self._question(other))
                yield other, "swapped_document", swapped, _any(swapped)
            before = next((other for documents, other in reversed(last[place]) if not documents & row.documents), None)
            if before is None:
                waiting[place].append(row)
            else:
                swapped = look(before, question)
                yield row, "swapped_document", swapped, _any(swapped)
            if not last[place] or last[place][-1][0] != row.documents:
                last[place].append((row.documents, context))
            self.done += 1
            self.progress(self.done, self.total)


def _taught(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if row.fold != TELLING)


def _any(seen: Seen) -> np.ndarray:
    return np.ones(len(seen.keys), bool)
