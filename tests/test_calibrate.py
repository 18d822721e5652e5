"""`calibrate`: human labels against a judge's scores, equal to scikit-learn's figures; and the blind sheet to label."""

from __future__ import annotations

import json
import random
import sys
import warnings
from collections import Counter
from dataclasses import replace

import pytest
from sklearn.metrics import cohen_kappa_score, confusion_matrix, f1_score, precision_score, recall_score

from longctx_synth import cli, publish
from longctx_synth.errors import SettingsError
from longctx_synth.records import to_json
from longctx_synth.review.judge import load_rubric
from longctx_synth.studies.calibrate import (
    FIGURES,
    Confusion,
    Label,
    best_threshold,
    calibrate,
    confusion,
    lines,
    read_labels,
    stored_scores,
)
from longctx_synth.studies.sheet import folded, sheet
from tests.publish.rows import SCENARIO, record, records

RUBRIC = load_rubric()


def labels_of(pairs: list[tuple[bool, float | None]], axis: str = "coherence") -> list[Label]:
    return [Label(f"r{i}", axis, human, score) for i, (human, score) in enumerate(pairs)]


def scikit(pairs: list[tuple[bool, float | None]], threshold: float) -> dict[str, float]:
    human = [h for h, _ in pairs]
    judge = [s is not None and s >= threshold for _, s in pairs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # undefined figures, which are wanted as nan
        tn, fp, fn, tp = confusion_matrix(human, judge, labels=[False, True]).ravel()
        assert confusion(labels_of(pairs), threshold) == Confusion(tp, fp, fn, tn)
        return {
            "precision": precision_score(human, judge, zero_division=float("nan")),
            "recall": recall_score(human, judge, zero_division=float("nan")),
            "f1": f1_score(human, judge, zero_division=float("nan")),
            "kappa": cohen_kappa_score(human, judge),
        }


def test_figures_by_hand():
    # At 3: passed by both 3, by the judge alone 1, by the human alone 2 (one of them unscored), by neither 2.
    pairs = [(True, 5), (True, 4), (True, 3), (False, 3), (True, 2), (True, None), (False, 1), (False, 2)]
    (found,) = calibrate(labels_of(pairs), RUBRIC)
    assert (found.axis, found.n, found.missing, found.threshold) == ("coherence", 8, 1, 3)
    assert found.confusion == Confusion(3, 1, 2, 2)
    assert found.precision.value == 3 / 4 and found.recall.value == 3 / 5 and found.f1.value == pytest.approx(2 / 3)
    # Agreement 5/8; by chance (5*4 + 3*4) / 64 = 1/2.
    assert found.kappa.value == pytest.approx((5 / 8 - 1 / 2) / (1 / 2))
    # F1 at 1: 2*4/(7+5); at 2: 2*4/(6+5) = 8/11; at 3: 6/9; at 4: 4/7; at 5: 2/6.
    assert found.best_threshold == 2 and found.best_f1 == pytest.approx(8 / 11)


def test_figures_are_scikit_learns():
    rng = random.Random(11)
    for _round in range(12):
        n = rng.randint(1, 40)
        scores = [None, 1, 2, 3, 4, 5, 3.5]
        pairs = [(rng.random() < rng.choice((0.1, 0.5, 0.9)), rng.choice(scores)) for _ in range(n)]
        table = confusion(labels_of(pairs), 3)
        for name, theirs in scikit(pairs, 3).items():
            ours = getattr(table, name)
            assert (theirs != theirs) if ours is None else ours == pytest.approx(theirs), name
        threshold, f1 = best_threshold(labels_of(pairs))
        tried = {level: scikit(pairs, level)["f1"] for level in (1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5)}
        assert f1 is None or f1 == pytest.approx(max(value for value in tried.values() if value == value))
        assert threshold is None or tried[threshold] == pytest.approx(f1)


def test_of_equal_thresholds_the_strictest():
    assert best_threshold(labels_of([(True, 5), (True, 5), (False, 1)])) == (5.0, 1.0)
    assert best_threshold(labels_of([(True, 4.5), (False, 4), (False, None)])) == (4.5, 1.0)
    assert best_threshold(labels_of([(False, None)])) == (None, None)


def test_what_is_undefined_is_said_to_be():
    (found,) = calibrate(labels_of([(False, 1), (False, 2)]), RUBRIC)
    assert [getattr(found, name).value for name in FIGURES] == [None] * 4
    told = "\n".join(lines([found], 0))
    assert "n/a" in told and "nan" not in told and "0 human passes and 2 fails are few" in told


def test_a_dataset_behind_the_gate_cannot_show_what_the_judge_fails():
    told = lines(calibrate(labels_of([(True, 5), (False, 4)]), RUBRIC), 0)
    assert any("coherence: the judge failed none of them" in line and "--judge record" in line for line in told)


def test_intervals_hold_the_figure_are_seeded_and_shrink_with_labels():
    rng = random.Random(3)
    pairs = [(rng.random() < (0.9 if score > 2 else 0.2), score) for score in rng.choices(range(1, 6), k=400)]
    (small,), (large,) = calibrate(labels_of(pairs[:40]), RUBRIC), calibrate(labels_of(pairs), RUBRIC)
    assert calibrate(labels_of(pairs[:40]), RUBRIC) == [small] != calibrate(labels_of(pairs[:40]), RUBRIC, seed=1)
    for name in FIGURES:
        few, many = getattr(small, name), getattr(large, name)
        assert few.low < few.value < few.high and many.low < many.value < many.high
        assert many.high - many.low < 0.7 * (few.high - few.low)


def test_an_interval_is_near_that_of_resampled_labels():
    # The same, the slow way: labels drawn one by one, figures by scikit-learn.
    pairs = [(True, 5)] * 30 + [(False, 4)] * 8 + [(True, 2)] * 6 + [(False, 1)] * 16
    (found,) = calibrate(labels_of(pairs), RUBRIC)
    rng = random.Random(0)
    drawn = sorted(scikit(rng.choices(pairs, k=60), 3)["f1"] for _ in range(100))
    assert found.f1.low == pytest.approx(drawn[2], abs=0.06) and found.f1.high == pytest.approx(drawn[-3], abs=0.06)


def test_axes_stand_in_the_rubrics_order():
    labels = labels_of([(True, 5)], "coherence") + labels_of([(False, 4)], "factual_grounding")
    assert [one.axis for one in calibrate(labels, RUBRIC)] == ["factual_grounding", "coherence"]


# -- files of labels -------------------------------------------------------------------------------------------------


def judged(number: int, scores: dict[str, int | None], draft: int = 1, judge: str = "j") -> dict:
    return {"judge": judge, "draft": draft, "scores": scores, "feedback": {}}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """60 rows; coherence is mostly 5, seldom 1 to 4; on factual_grounding two judges of the second draft disagree."""
    folder = tmp_path_factory.mktemp("judged") / "out"
    rows = []
    for number, row in enumerate(records("train", 60, words=900)):
        coherence = number + 1 if number < 4 else 5
        entries = [judged(number, {"coherence": 1, "factual_grounding": 1})]
        entries += [judged(number, {"coherence": coherence, "factual_grounding": 4}, 2)]
        entries += [judged(number, {"coherence": coherence, "factual_grounding": 1 if number % 2 else None}, 2, "k")]
        rows.append(replace(row, judge=to_json(entries)))
    rows.append(record("train", 60, words=900))
    publish.publish(folder, {"train": rows}, paradigm="verifiable_if", scenario_fields=SCENARIO)
    return folder


def test_scores_of_a_dataset_are_the_medians_of_the_last_draft(dataset):
    scores = dict(stored_scores(dataset))
    assert len(scores) == 61 and scores["train-00060"] == {}
    assert scores["train-00002"] == {"coherence": 3.0, "factual_grounding": 4.0}
    assert scores["train-00007"] == {"coherence": 5.0, "factual_grounding": 2.5}


def write(path, *rows) -> None:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))


def test_labels_with_and_without_scores(tmp_path, dataset):
    file = tmp_path / "labels.jsonl"
    write(
        file,
        {"id": "train-00000", "axis": "coherence", "human": True},
        {"id": "train-00001", "axis": "coherence", "human": "Fail", "score": 4.5},
        "",
        {"id": "train-00002", "axis": "coherence", "human": None},
        {"id": "train-00003", "axis": "coherence", "human": "pass", "score": None},
        {"id": "train-00060", "axis": "coherence", "human": False},
    )
    labels, unlabelled = read_labels(file, RUBRIC, dataset)
    assert unlabelled == 1
    assert [(label.id[-1], label.human, label.score) for label in labels] == [
        ("0", True, 1.0),
        ("1", False, 4.5),
        ("3", True, None),
        ("0", False, None),
    ]


GOOD = {"id": "a", "axis": "coherence", "human": True, "score": 3}


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (["{"], "line 1 is not JSON"),
        ([GOOD, [1]], "line 2 lacks an id or an axis"),
        ([{**GOOD, "id": 7}], "lacks an id or an axis"),
        ([{**GOOD, "human": "maybe"}], "human is 'maybe'"),
        ([{**GOOD, "human": 1}], "human is 1"),
        ([{**GOOD, "score": 6}], "the score is 6"),
        ([{**GOOD, "score": "4"}], "the score is '4'"),
        ([{**GOOD, "axis": "style"}], "no axis 'style', only factual_grounding"),
        ([GOOD, GOOD], "line 2 labels coherence of a again, after .*line 1"),
        ([{**GOOD, "human": None}], "has no label yet"),
        ([], "has no label yet"),
        ([{"id": "a", "axis": "coherence", "human": True}], "line 1 has no score; .*--data"),
    ],
)
def test_labels_that_are_wrong(tmp_path, rows, what):
    file = tmp_path / "labels.jsonl"
    write(file, *rows)
    with pytest.raises(SettingsError, match=what) as caught:
        read_labels(file, RUBRIC)
    assert str(file) in str(caught.value)


def test_labels_of_another_dataset_or_of_none(tmp_path, dataset):
    file = tmp_path / "labels.jsonl"
    write(file, {"id": "elsewhere", "axis": "coherence", "human": True})
    with pytest.raises(SettingsError, match="has no row elsewhere"):
        read_labels(file, RUBRIC, dataset)
    with pytest.raises(SettingsError, match=r"holds no data/\*\.parquet"):
        read_labels(file, RUBRIC, tmp_path)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_labels(tmp_path / "none.jsonl", RUBRIC)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not UTF-8"):
        read_labels(file, RUBRIC)


# -- the sheet -------------------------------------------------------------------------------------------------------


def test_the_sheet_is_blind_stratified_and_seeded(dataset):
    rows = sheet(dataset, RUBRIC, n=20, seed=5)
    assert rows == sheet(dataset, RUBRIC, n=20, seed=5) != sheet(dataset, RUBRIC, n=20, seed=6)
    assert len({(row["id"], row["axis"]) for row in rows}) == 20
    assert Counter(row["axis"] for row in rows) == {"coherence": 10, "factual_grounding": 10}
    scores = dict(stored_scores(dataset))
    spread = Counter(scores[row["id"]][row["axis"]] for row in rows if row["axis"] == "coherence")
    assert spread == {1: 1, 2: 1, 3: 1, 4: 1, 5: 6}  # a plain sample of ten would hold nine or ten fives
    spread = Counter(scores[row["id"]][row["axis"]] for row in rows if row["axis"] == "factual_grounding")
    assert spread == {2.5: 5, 4: 5}
    for row in rows:
        assert list(row) == ["id", "axis", "question", "passes", "request", "answer", "human"]
        assert row["human"] is None and row["question"] == RUBRIC[row["axis"]].question
    order = [scores[row["id"]]["coherence"] for row in rows if row["axis"] == "coherence"]
    assert order not in (sorted(order), sorted(order, reverse=True))


def test_the_request_is_folded_but_for_its_ends_and_the_evidence(dataset):
    row = record("train", 3, words=900)
    text = folded(row)
    assert " words …] " in text and len(text) < 0.75 * len(row.prompt[0]["content"])
    assert text.startswith("Report train 3.") and text.endswith("Which amount was approved for the depot?")
    assert f"approved {row.answer}" in text
    short = record("train", 3, words=100)
    assert folded(short) == short.prompt[0]["content"]


def test_a_sheet_of_one_axis_and_of_all_there_is(dataset):
    assert {row["axis"] for row in sheet(dataset, RUBRIC, n=7, axes=["coherence"])} == {"coherence"}
    assert len(sheet(dataset, RUBRIC, n=1000)) == 120


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"axes": ["style"]}, "--axis style"),
        ({"n": 0}, "--n 0"),
        ({"axes": ["tone_fidelity"]}, "no row judged on tone_"),
    ],
)
def test_a_sheet_that_cannot_be_made(dataset, options, what):
    with pytest.raises(SettingsError, match=what):
        sheet(dataset, RUBRIC, **{"n": 5, **options})


# -- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["longctx-synth", "calibrate", *map(str, arguments)])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        told = capsys.readouterr()
        return status, told.out, " ".join(told.err.split())

    return call


def test_from_sheet_to_figures(run, dataset, tmp_path):
    out = tmp_path / "sheet.jsonl"
    status, told, _ = run("--sample", dataset, "--n", 30, "--out", out)
    assert status == 0 and "30 lines" in told
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    scores = dict(stored_scores(dataset))
    for row in rows[:-2]:  # a person who agrees with the judge on everything
        row["human"] = "pass" if scores[row["id"]][row["axis"]] >= RUBRIC[row["axis"]].threshold else "fail"
    write(out, *rows)
    figures = tmp_path / "figures.json"
    status, told, _ = run(out, "--data", dataset, "--json", figures)
    assert status == 0 and "2 lines have no label yet" in told and "both pass" in told
    found = json.loads(figures.read_text())
    assert found["unlabelled"] == 2 and set(found["axes"]) == {"coherence", "factual_grounding"}
    assert all(one["f1"]["value"] == 1.0 and one["kappa"]["value"] == 1.0 for one in found["axes"].values())
    assert max(map(len, told.splitlines())) < 200


def test_a_sheet_is_never_written_over(run, dataset, tmp_path):
    out = tmp_path / "sheet.jsonl"
    out.write_text("labels")
    status, _, err = run("--sample", dataset, "--out", out)
    assert status == 2 and "may hold labels" in err and out.read_text() == "labels"


def test_errors_are_one_sentence(run, dataset, tmp_path):
    for arguments, what in [
        ((), "Give either"),
        ((tmp_path / "l.jsonl", "--sample", dataset), "Give either"),
        (("--sample", dataset), "--out FILE"),
        (("--sample", tmp_path, "--out", tmp_path / "s"), "holds no data"),
        ((tmp_path / "l.jsonl",), "cannot be read"),
        ((tmp_path / "l.jsonl", "--rubric", tmp_path / "r.yaml"), "The rubric"),
        (("--sample", dataset, "--out", tmp_path / "no" / "s"), "cannot be written"),
    ]:
        status, out, err = run(*arguments)
        assert status == 2 and what in err and err.count("Error:") == 1 and not out


def test_help_has_an_example(run):
    status, out, _ = run("--help")
    assert status == 0 and "Example: longctx-synth calibrate" in " ".join(out.split())
