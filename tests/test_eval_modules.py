"""The `evaluate` modules load from their folders, offline, and give the values computed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

EVAL = Path(__file__).parent.parent / "eval"


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "HF_EVALUATE_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")


def load(name: str, tmp_path: Path):
    import evaluate

    return evaluate.load(str(EVAL / name), cache_dir=str(tmp_path))


def test_type_token_ratio(tmp_path: Path) -> None:
    values = load("type_token_ratio", tmp_path).compute(data=["the cat saw the dog", "The end."], window=2)
    assert values == {
        "type_token_ratio": pytest.approx((4 / 5 + 2 / 2) / 2),
        "moving_average_type_token_ratio": 1.0,
        "corpus_type_token_ratio": pytest.approx(5 / 7),
        "words": 7,
    }


@pytest.mark.slow
def test_embedding_dispersion(tmp_path: Path) -> None:
    measurement = load("embedding_dispersion", tmp_path)
    same = measurement.compute(data=["The council repaired the old bridge."] * 3)
    assert same["embedding_dispersion"] == pytest.approx(0.0, abs=1e-5)
    apart = measurement.compute(
        data=["The council repaired the old bridge.", "Photosynthesis feeds algae.", "He bowls."]
    )
    near = measurement.compute(
        data=["The council repaired the old bridge.", "The town mended its ancient bridge.", "A bridge was fixed."]
    )
    assert 0.05 < near["embedding_dispersion"] < 0.5 < 0.75 < apart["embedding_dispersion"] < 1.1


@pytest.mark.slow
def test_embedding_dispersion_reads_a_long_text_to_its_end(tmp_path: Path) -> None:
    measurement = load("embedding_dispersion", tmp_path)
    head = "The council discussed the repair of the old timber bridge at length. " * 60
    tails = ["Algae turn light into sugar. " * 120, "The striker scored twice in the final. " * 120]
    values = measurement.compute(data=[head + tail for tail in tails])
    assert values["chunks"] >= 10  # about 1,600 tokens each, 254 a chunk
    assert values["embedding_dispersion"] > 0.1  # 0 for an encoder that stops at 256 tokens: the heads are equal
