"""`longctx-synth estimate`: what a run will take, from a few of its own cases, with an interval that is honest about them."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longctx_synth import cli
from longctx_synth.builder import SlotCost, load_builder
from longctx_synth.studies.estimate import (
    T,
    _t,
    adjusted,
    duration,
    endpoint_slots,
    estimate,
    replicate,
    settled,
)
from tests import servers

BUILDERS = Path(__file__).parent / "builders"
TOY = str(BUILDERS / "toy")

# A paradigm that asks no model, and whose cases give two rows each.
OFFLINE = """
from longctx_synth.builder import SynthBuilder
from longctx_synth.records import Record, content_hash, prompt_hash

class Offline(SynthBuilder):
    paradigm = "offline"
    scenario_fields = ["kind"]
    rows_per_case = 2

    def needs_endpoint(self):
        return False

    async def make(self, case, ask):
        prompts = [[{"role": "user", "content": f"{case.split} {case.number} {part}"}] for part in "ab"]
        return [
            Record(f"{case.row_id}-{i}", prompt, [{"role": "assistant", "content": "yes"}], split=case.split,
                   scenario={"kind": "x"}, prompt_hash=prompt_hash(prompt))
            for i, prompt in enumerate(prompts)
        ]
"""


def cost(number: int, *, tries: int = 1, calls: int = 2, tokens: int = 1000, seconds: float = 3.0) -> SlotCost:
    return SlotCost("train", number, tries, calls, tokens, tokens // 10, seconds)


# The projection


def test_a_run_that_was_measured_whole_is_known_exactly():
    slots = [cost(0, tokens=900), cost(1, tokens=1300), cost(2, tries=3, calls=6)]
    found = replicate(slots, [512, 1024, 512], 1.0, slots=3, left=0, prices=(2.0, 10.0))
    assert found["calls"].total == found["calls"].low == found["calls"].high == 10
    assert found["tries"].total == 5 and found["tries"].left == 0
    assert found["cost"].total == pytest.approx((3200 * 2 + 320 * 10) / 1e6)


def test_what_is_to_come_is_added_to_what_was_seen():
    found = replicate([cost(0), cost(1)], [1024, 1024], 1024, slots=100, left=90)
    assert found["calls"].total == 200 and found["calls"].left == 180 and found["calls"].row == 2
    assert "cost" not in found


def test_lengths_of_the_others_count_as_far_as_costs_grew_with_length():
    lengths = [1000, 2000, 3000]
    grew = [cost(i, tokens=length + 200) for i, length in enumerate(lengths)]
    found = replicate(grew, lengths, 10_000, slots=1003, left=1000)
    assert found["prompt tokens"].left == pytest.approx(10_200 * 1000)
    assert found["calls"].left == 2000  # they did not grow


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(256, 1e5)), min_size=1, max_size=9),
    st.floats(256, 1e5),
)
def test_the_adjusted_mean_lies_between_constant_and_proportional(pairs, at):
    y, x = numpy.array([pair[0] for pair in pairs]), numpy.array([pair[1] for pair in pairs])
    constant, proportional = y.mean(), y.mean() * at / x.mean()
    low, high = sorted((constant, proportional))
    assert low - 1e-6 * (1 + high) <= adjusted(y, x, at) <= high + 1e-6 * (1 + high)


def test_five_cases_without_a_rejection_do_not_prove_that_there_is_none():
    found = replicate([cost(i) for i in range(5)], [1024] * 5, 1024, slots=1000, left=995)
    tries = found["tries"]
    assert tries.total == tries.low == 1000
    assert 1100 < tries.high < 1600
    many = replicate([cost(i) for i in range(100)], [1024] * 100, 1024, slots=1000, left=900)
    assert many["tries"].high < 1030


def test_rejections_make_everything_dearer():
    slots = [cost(i, tries=1 + 3 * (i == 4), calls=2 + 6 * (i == 4)) for i in range(5)]
    found = replicate(slots, [1024] * 5, 1024, slots=1000, left=995)
    assert found["tries"].total == pytest.approx(1600) and found["calls"].total == pytest.approx(3200)
    assert found["calls"].low < 2600 < 3800 < found["calls"].high


@pytest.mark.parametrize("cases", [5, 20])
def test_the_interval_holds_what_comes_nine_times_in_ten(cases):
    """Simulated runs: skewed costs, a share of tries rejected; the interval from the first cases against the whole run."""
    rng = random.Random(cases)
    held = 0
    runs = 150
    for run in range(runs):
        slots = []
        for number in range(300):
            tries = 1
            while rng.random() < 0.2:
                tries += 1
            slots.append(cost(number, tries=tries, tokens=sum(int(rng.lognormvariate(7, 0.5)) for _ in range(tries))))
        seen = slots[:cases]
        found = replicate(seen, [1024] * cases, 1024, slots=300, left=300 - cases, seed=run)["prompt tokens"]
        held += found.low <= sum(slot.prompt_tokens for slot in slots) <= found.high
    assert 0.84 <= held / runs <= 0.98


def test_the_same_seed_gives_the_same_interval():
    slots = [cost(i, tokens=700 + 90 * i) for i in range(6)]
    one, two, other = (replicate(slots, [1024] * 6, 1024, slots=60, left=54, seed=seed) for seed in (1, 1, 2))
    assert one == two != other


def test_one_case_gives_no_interval():
    found = replicate([cost(0)], [1024], 1024, slots=10, left=9)
    assert found["calls"].total == 20 and found["calls"].low is None and found["calls"].high is None


def test_quantiles_of_t():
    assert _t(4) == 2.132 and T[8] == 1.833
    assert _t(40) == pytest.approx(1.684, abs=0.002) and _t(120) == pytest.approx(1.658, abs=0.002)


def test_durations_are_told_in_two_units():
    told = [duration(seconds) for seconds in (0, 0.004, 1.42, 59.96, 750, 12_300, 187_200)]
    assert told == ["0 s", "4 ms", "1.4 s", "1 min 0 s", "12 min 30 s", "3 h 25 min", "2 d 4 h"]


# A run


def toy(tmp_path: Path, **values: object):
    return load_builder(TOY)(cache_dir=str(tmp_path / "cache"), **values)


def test_nothing_is_paid_twice_and_the_build_is_the_same(tmp_path):
    with servers.process(servers.Script()) as server:
        values = {"endpoint": [server.url], "n": 30, "validation": 4}
        found = estimate(toy(tmp_path, **values), tmp_path / "a", cases=5)
        assert found.done == found.cases == 5 and found.rows == {"train": 30, "validation": 4}
        assert not (tmp_path / "a" / "data").exists()
        once_more = estimate(toy(tmp_path, **values), tmp_path / "a", cases=4)
        assert once_more.done == 9 and settled(tmp_path / "a" / ".run", "train") == 9
        toy(tmp_path, **values).generate(tmp_path / "a")
        stats = server.stats()
    assert stats["answered_again"] == 0
    with servers.process(servers.Script()) as server:
        toy(tmp_path, **(values | {"endpoint": [server.url]})).generate(tmp_path / "b")
        assert server.stats()["answered"] == stats["answered"]
    for split in ("train", "validation"):
        name = f"data/{split}-single-00000.parquet"
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_projection_comes_near_what_the_run_took(tmp_path):
    with servers.process(servers.Script()) as server:
        values = {"endpoint": [server.url], "n": 80, "tokens": "1024", "price_in": 1.0}
        found = estimate(toy(tmp_path, **values), tmp_path / "out", cases=20)
        toy(tmp_path, **values).generate(tmp_path / "out")
        calls = server.stats()["answered"]
    projected = found.projections["calls"]
    assert projected.low <= calls <= projected.high
    assert found.yield_[1] <= 80 / (calls / 2) <= found.yield_[2]
    assert found.projections["cost"].total == pytest.approx(found.projections["prompt tokens"].total / 1e6)


def test_answers_that_were_paid_before_make_time_look_short_and_that_is_said(tmp_path):
    with servers.process(servers.Script()) as server:
        builder = toy(tmp_path, endpoint=[server.url], n=40)
        first = estimate(builder, tmp_path / "out", cases=3)
        for part in (tmp_path / "out" / ".run" / "parts").iterdir():
            part.unlink()  # what a crash takes with it: rows whose part was not full; their answers are in the journal
        second = estimate(builder, tmp_path / "out", cases=3)
        assert server.stats()["answered_again"] == 0
    assert not any("came from the journal" in note for note in first.notes)
    assert any("6 answers came from the journal" in note for note in second.notes)
    assert second.projections["calls"] == first.projections["calls"]


def test_a_finished_run_has_nothing_left_to_estimate(tmp_path):
    with servers.process(servers.Script()) as server:
        builder = toy(tmp_path, endpoint=[server.url], n=3)
        builder.generate(tmp_path / "out")
        found = estimate(builder, tmp_path / "out")
    assert found.done == 3 and found.cases == 0 and not found.projections
    assert "nothing is left to pay" in found.notes[0]


def test_fewer_rows_left_than_cases(tmp_path):
    with servers.process(servers.Script()) as server:
        found = estimate(toy(tmp_path, endpoint=[server.url], n=3), tmp_path / "out", cases=50)
    assert found.cases == found.done == 3
    assert found.projections["calls"].low == found.projections["calls"].high == found.projections["calls"].total


@pytest.mark.parametrize(
    ("kind", "slots", "words"),
    [
        ("tgi", 128, "scaled from the 3 cases at once that were measured to 64"),
        ("llamacpp", 4, "scaled from the 3 cases at once that were measured to 4"),
        ("openai", None, "does not say how many it works on"),
    ],
)
def test_time_is_scaled_only_as_far_as_the_endpoint_says_it_can(tmp_path, kind, slots, words):
    with servers.process(servers.Script(kind=kind, delay=0.02)) as server:
        assert endpoint_slots([server.url]) == slots
        found = estimate(toy(tmp_path, endpoint=[server.url], n=100, tokens="1024"), tmp_path / "out", cases=3)
    assert any(words in note for note in found.notes)
    # Two answers of 20 ms a try, so many cases at once.
    at_once = min(slots or 3, 64)
    assert found.projections["seconds"].total > 100 * 0.04 / at_once


def test_an_endpoint_that_is_gone_says_nothing():
    assert endpoint_slots(["http://127.0.0.1:1"]) is None


def test_cases_of_several_rows_and_no_model(tmp_path):
    folder = tmp_path / "offline"
    folder.mkdir()
    (folder / "builder.py").write_text(OFFLINE)
    builder = load_builder(str(folder))(cache_dir=str(tmp_path / "cache"), n=21)
    found = estimate(builder, tmp_path / "out", cases=4)
    assert found.cases == 4 and found.done == 8
    assert found.projections["calls"].total == 0
    assert found.yield_[0] == 1.0 and found.yield_[1] < 1.0
    assert any("No model is asked" in note for note in found.notes)
    assert any("The first case's time" in note for note in found.notes)
    builder.generate(tmp_path / "out", publish=False)
    assert estimate(builder, tmp_path / "out").cases == 0


# The command


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["longctx-synth", *arguments])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        told = capsys.readouterr()
        return status, told.out, told.err

    return call


def test_help_has_an_example(run):
    status, out, _ = run("estimate", "--help")
    assert status == 0 and "Example: longctx-synth estimate" in " ".join(out.split())


def test_estimate_tells_costs_and_assumptions(run, tmp_path):
    config = tmp_path / "run.yaml"
    with servers.process(servers.Script(kind="tgi")) as server:
        config.write_text(f"endpoint: {server.url}\nout: {tmp_path}/there\nn: 7\n")
        flags = ("--n", "1000", "--price-in", "0.5", "--set", "price-out=1.5", "--config", str(config))
        status, out, err = run("estimate", TOY, *flags)
    assert status == 0, err
    told = " ".join(out.split())
    for words in (
        "1,000 rows (1,000 train), of which 5 are made",
        "90 % interval",
        "still to pay",
        "prompt tokens",
        "yield",
        "cost",
        "5 cases are few",
        "time may be understated",
    ):
        assert words in told
    assert "\x1b" not in out and settled(tmp_path / "there" / ".run", "train") == 5


def test_other_settings_than_the_runs_are_refused(run, tmp_path):
    with servers.process(servers.Script()) as server:
        flags = ("--endpoint", server.url, "--out", str(tmp_path), "--cases", "2")
        assert run("estimate", TOY, *flags)[0] == 0
        status, _, err = run("estimate", TOY, *flags, "--seed", "5")
    assert status == 4 and "seed was 0, is 5" in err.replace("\n", " ")


def test_bad_input_gets_one_clear_sentence(run, tmp_path):
    for arguments, words in (
        (("no_such_paradigm",), "no_such_paradigm"),
        ((TOY, "--endpoint", "http://127.0.0.1:1", "--out", str(tmp_path / "o")), "http://127.0.0.1:1"),
        ((TOY, "--tokens", "many"), "--tokens many"),
    ):
        status, _, err = run("estimate", *arguments)
        assert status != 0 and err.count("Error:") == 1 and words in err.replace("\n", " ")
