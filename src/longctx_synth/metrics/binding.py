"""Does a dataset teach what it says? Figures over rows that are already accepted.

Each function takes rows (dicts with the columns of the `records` view) and gives plain numbers: whether answers are bound to
their documents, whether constraints bind, and whether preference pairs differ in content and not in style.
"""

from __future__ import annotations

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from longctx_synth import checks

Row = dict[str, Any]


def _answer(row: Row) -> str:
    return row["completion"][-1]["content"]


def foreign_answers_fail(rows: Sequence[Row]) -> float:
    """Share of rows whose checks reject the answer of the next row with another document: at least 0.95 is asked for."""
    fails = tried = 0
    for index, row in enumerate(rows):
        for step in range(1, len(rows)):
            other = rows[(index + step) % len(rows)]
            if not set(other["documents"]) & set(row["documents"]):
                fails += not checks.judge(row["checks"], _answer(other), row["prompt"]).passed
                tried += 1
                break
    return fails / tried if tried else float("nan")


def unasked_pass_rates(rows: Sequence[Row], others: int = 8) -> dict[str, tuple[float, int]]:
    """check -> (share, trials): how often answers of rows that were not asked for a constraint meet it all the same.

    Each constraint of each row is held against `others` answers of other rows without that check; a rate above 0.5 means
    that the constraint does not bind.
    """
    names = [{spec["check"] for spec in json.loads(row["checks"])} for row in rows]
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for index, row in enumerate(rows):
        for spec in json.loads(row["checks"]):
            if checks.info(spec["check"]).kind != "constraint":
                continue
            tried = 0
            for step in range(1, len(rows)):
                place = (index + step) % len(rows)
                if tried == others:
                    break
                if spec["check"] in names[place]:
                    continue
                tried += 1
                counts[spec["check"]][0] += checks.run(spec, _answer(rows[place]), rows[place]["prompt"]).passed
                counts[spec["check"]][1] += 1
    return {name: (passed / trials, trials) for name, (passed, trials) in sorted(counts.items()) if trials}


def pair_lengths(rows: Iterable[Row]) -> dict[str, float]:
    """Characters of chosen against rejected: mean and greatest |difference| / length of chosen, share with chosen longer."""
    gaps, longer = [], 0
    for row in rows:
        if row["chosen"] and row["rejected"]:
            chosen, rejected = (len(row[side][-1]["content"]) for side in ("chosen", "rejected"))
            gaps.append(abs(chosen - rejected) / chosen)
            longer += chosen > rejected
    if not gaps:
        return {}
    return {
        "pairs": len(gaps),
        "mean": statistics.fmean(gaps),
        "greatest": max(gaps),
        "chosen_longer": longer / len(gaps),
    }


def pair_auc(rows: Iterable[Row], folds: int = 5) -> float:
    """Cross-validated ROC AUC of a bag-of-words logistic regression that tells chosen from rejected without the prompt.

    The two answers of a pair are never split over folds. 0.5 is blind; above 0.6 the pairs teach a style. Needs scikit-learn.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    texts: list[str] = []
    labels: list[int] = []
    groups: list[int] = []
    for index, row in enumerate(rows):
        if row["chosen"] and row["rejected"]:
            texts += [row["chosen"][-1]["content"], row["rejected"][-1]["content"]]
            labels += [1, 0]
            groups += [index, index]
    if len(labels) < 4 * folds:
        return float("nan")
    model = make_pipeline(CountVectorizer(min_df=2, ngram_range=(1, 2)), LogisticRegression(max_iter=1000))
    scores = cross_val_predict(model, texts, labels, groups=groups, cv=GroupKFold(folds), method="predict_proba")[:, 1]
    return float(roc_auc_score(labels, scores))


def figures(rows: Sequence[Row]) -> dict[str, str]:
    """The figures above as a card prints them; what needs scikit-learn is left out where it is not installed."""
    told: dict[str, str] = {}
    if len(rows) < 2:
        return told
    told[f"answers of other documents that fail ({len(rows)} rows)"] = f"{foreign_answers_fail(rows):.1%}"
    rates = unasked_pass_rates(rows)
    if rates:
        name, (worst, trials) = max(rates.items(), key=lambda item: item[1][0])
        passed = sum(rate * trials for rate, trials in rates.values())
        mean = passed / sum(trials for _, trials in rates.values())
        told["constraints met unasked, mean"] = f"{mean:.1%}"
        told["constraints met unasked, worst check"] = f"{name} {worst:.0%} of {trials}"
    lengths = pair_lengths(rows)
    if lengths:
        told["pairs: difference in length, mean / greatest"] = f"{lengths['mean']:.1%} / {lengths['greatest']:.1%}"
        told["pairs: chosen is the longer one"] = f"{lengths['chosen_longer']:.1%}"
        try:
            auc = pair_auc(rows)
        except ImportError:
            return told
        if not math.isnan(auc):
            told["pairs: AUC of a bag-of-words classifier"] = f"{auc:.2f}"
    return told
