"""`study rubric`: figures computed by hand, one asking for every judgement, what is missing, and what is refused."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longctx_synth import cli
from longctx_synth.errors import EndpointError, LongctxError, RefusedError, SettingsError
from longctx_synth.studies.rubric import SOURCES, Party, RubricStudy, study
from longctx_synth.studies.rubric_data import Instance, Scored, read_data
from longctx_synth.studies.rubric_figures import MEASURES, as_json, figures, lines
from tests import servers
from tests.rubric_responders import GIVEN, respond, role, source_of

RUBRIC = {"criteria": GIVEN} | {f"score{n}_description": f"It holds {n} fifths of it." for n in range(1, 6)}

# Capability, human score, and what the judge gives it under each source.
ROWS = [
    ("planning", 1, "none=3 generic=2 situated=1 given=1"),
    ("planning", 2, "none=3 generic=2 situated=2 given=?"),
    ("planning", 4, "none=3 generic=4 situated=4 given=4"),
    ("planning", 5, "none=3 generic=4 situated=5 given=5"),
    ("safety", 1, "none=3 generic=5 situated=1 given=2"),
    ("safety", 3, "none=2 generic=3 situated=3 given=2"),
    ("safety", 5, "none=4 generic=1 situated=5 given=?"),
]


def row(number: int, **others) -> dict:
    capability, human, response = ROWS[number]
    found = {"id": f"{capability}-{number}", "capability": capability, "system_prompt": "Be brief."}
    found |= {"input": f"Task {number}?", "response": response, "human_score": human, "score_rubric": RUBRIC}
    return found | others


def write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "data.jsonl", [row(number) for number in range(len(ROWS))])


def asked(
    data: Path, run_dir: Path, script: servers.Script | None = None, **options
) -> tuple[RubricStudy, list[dict], servers.Counts]:
    """The study against a scripted server in this process; what it found, and what the server saw."""

    async def run():
        async with servers.running(script, respond) as server:
            judge = Party((server.url,))
            found = await asyncio.to_thread(study, read_data(str(data)), judge, run_dir=run_dir, **options)
            return found, server.requests, server.counts

    return asyncio.run(run())


# -- figures ---------------------------------------------------------------------------------------------------------


def test_figures_by_hand(data, tmp_path):
    found, _, _ = asked(data, tmp_path / "run")
    by = {one.source: one for one in found.figures}
    assert tuple(by) == SOURCES
    planning, safety = by["generic"].capabilities
    value = {name: (planning.figures[name].value, safety.figures[name].value) for name in MEASURES}
    # planning: humans 1 2 4 5, judge 2 2 4 4. Deviations -2 -1 1 2 (squares 10) and -1 -1 1 1 (4), products 6. Ranks 1 2 3 4
    # and 1.5 1.5 3.5 3.5: squares 5 and 4, products 4. Of 6 pairs 2 are tied in the judge, the other 4 agree. Alpha: squared
    # differences 2; the 8 ratings sum to 24, their squares to 86: 1 - 7 * 2 / (8 * 86 - 24 * 24).
    # safety: humans 1 3 5, judge 5 3 1. Squared differences 32; the 6 ratings sum to 18, their squares to 70: 1 - 5 * 32 / 96.
    expected = {
        "pearson": (6 / 40**0.5, -1),
        "spearman": (4 / 20**0.5, -1),
        "kendall": (4 / 24**0.5, -1),
        "mae": (0.5, 8 / 3),
        "alpha": (0.875, 1 - 160 / 96),
    }
    for name, pair in expected.items():
        assert value[name] == pytest.approx(pair), name
        assert by["generic"].macro[name].value == pytest.approx(sum(pair) / 2), name
        assert by["generic"].of[name] == 2
    assert [one.figures["pearson"].value for one in by["situated"].capabilities] == pytest.approx([1, 1])
    assert by["situated"].macro["mae"].value == 0 and by["situated"].macro["alpha"].value == 1


def test_a_constant_judge_is_undefined_not_zero(data, tmp_path):
    found, _, _ = asked(data, tmp_path / "run", sources=["none"])
    (none,) = found.figures
    planning, safety = none.capabilities
    for name in ("pearson", "spearman", "kendall"):
        assert planning.figures[name].value is None and str(planning.figures[name]) == "n/a"
        assert none.of[name] == 1 and none.macro[name].value == safety.figures[name].value
    assert planning.figures["mae"].value == pytest.approx((2 + 1 + 1 + 2) / 4)
    told = "\n".join(found.lines())
    assert "(1 of 2)" in told and "which flatters the judge: none." in told
    assert "embedded" not in told and "too small to judge" in replace(found, embedded=True).lines()[-1]


def test_a_judgement_that_cannot_be_read_is_missing_not_a_number(data, tmp_path):
    found, requests, _ = asked(data, tmp_path / "run", sources=["given"])
    assert [one.score for one in found.judged["given"]] == [1, None, 4, 5, 2, 2, None]
    assert found.missing("given") == {"the judgement could not be read": 2}
    assert len(requests) == len(ROWS) + 2  # what could not be read was asked once more
    (given_,) = found.figures
    assert [(one.n, one.missing) for one in given_.capabilities] == [(4, 1), (3, 1)]
    assert given_.capabilities[0].figures["mae"].value == 0  # of the three that are left
    assert given_.capabilities[1].figures["pearson"].value is None  # 2 and 2
    assert "     2 rows missing under given: the judgement could not be read" in found.lines()


def scored(instance: str, human: float, capability: str = "c") -> Scored:
    return Scored(Instance(instance, capability, "", f"{instance}?"), "", human)


def test_intervals_are_seeded_and_of_the_same_draws():
    rows = [scored(str(number), 1 + number % 5) for number in range(40)]
    scores = [1 + number * number % 5 for number in range(40)]
    one, other = figures(rows, {"a": scores, "b": scores})
    assert one.capabilities == other.capabilities and one.macro == other.macro
    (again,) = figures(rows, {"a": scores}, seed=1)
    for name in MEASURES:
        figure = one.macro[name]
        assert figure == one.capabilities[0].figures[name]  # a mean of one
        assert figure.low < figure.value < figure.high
        assert again.macro[name].value == figure.value
        assert (again.macro[name].low, again.macro[name].high) != (figure.low, figure.high), name


def test_resamples_draw_instances_not_answers():
    pairs = [(1, 2), (2, 1), (4, 4), (5, 3), (3, 3), (2, 4), (1, 1), (5, 5), (4, 2), (3, 5)]
    once = [scored(str(number), human) for number, (human, _) in enumerate(pairs)]
    judge = [score for _, score in pairs]
    (alone,) = figures(once, {"a": judge})
    # Each answer five times over: no more is known of other instances, so the intervals are no narrower.
    (often,) = figures([one for one in once for _ in range(5)], {"a": [score for score in judge for _ in range(5)]})
    for name in ("pearson", "spearman", "kendall", "mae"):
        one, other = alone.capabilities[0].figures[name], often.capabilities[0].figures[name]
        assert (other.value, other.low, other.high) == pytest.approx((one.value, one.low, one.high))
    # Of one instance with ten answers nothing can be said of others.
    (single,) = figures([scored("x", human) for human, _ in pairs], {"a": judge})
    assert single.capabilities[0].figures["mae"].value == alone.capabilities[0].figures["mae"].value
    assert single.capabilities[0].figures["mae"].low is None and single.macro["mae"].low is None


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(1, 3), st.integers(1, 5), st.none() | st.integers(1, 5)),
        min_size=1,
        max_size=10,
    ),
    st.randoms(use_true_random=False),
)
def test_figures_are_total_bounded_and_without_order(entries, rng):
    def of(order):
        rows = [scored(f"{capability}{number}", human, capability) for capability, number, human, _ in order]
        return figures(rows, {"s": [score for *_, score in order]})[0]

    with pytest.MonkeyPatch.context() as patch:  # intervals are not what this looks at
        patch.setattr("longctx_synth.studies.rubric_figures.RESAMPLES", 10)
        one, other = of(entries), of(rng.sample(entries, len(entries)))
    lines([one])
    json.dumps(as_json([one]), allow_nan=False)
    assert one.n == len(entries) and one.missing == sum(score is None for *_, score in entries)
    for name in MEASURES:
        low, high = (0, 4) if name == "mae" else (-1, 1)
        for figure, again in [
            (one.macro[name], other.macro[name]),
            *((a.figures[name], b.figures[name]) for a, b in zip(one.capabilities, other.capabilities, strict=True)),
        ]:
            assert (figure.value is None) == (again.value is None)
            if figure.value is not None:
                assert figure.value == pytest.approx(again.value)
                assert low - 1e-9 <= figure.value <= high + 1e-9


# -- what is asked ---------------------------------------------------------------------------------------------------


def test_judges_are_asked_alike_but_for_the_rubric(data, tmp_path):
    _, requests, _ = asked(data, tmp_path / "run")
    assert Counter(map(role, requests)) == {"base": 7, "critic": 7, "judge": 4 * 7 + 2}
    first = [each for each in requests if role(each) == "judge" and len(each["messages"]) == 2]
    told: dict[str, set[str]] = {source: set() for source in SOURCES}
    for each in first:
        assert each["temperature"] == 0
        asking = each["messages"][1]["content"]
        assert "Be brief.\n\nTask " in asking
        told[source_of(each)].add(asking[asking.index("\nquality: ") :])
    assert all(len(texts) == 1 for texts in told.values())
    # Without its description of the levels a prompt says the same as the others.
    (none,) = told["none"]
    assert "1 = " not in none and "description" not in none
    assert (
        "1 = It holds 1 fifths of it.\n" in told["given"].pop()
        and "1 = It is situated 1 times." in told["situated"].pop()
    )


def test_an_instance_has_one_rubric_whoever_answers_and_equal_answers_are_judged_once(tmp_path):
    rows = [row(0, id="x", input="Task?", response=ROWS[n][2], human_score=ROWS[n][1]) for n in (0, 2, 2, 3)]
    rows += [row(0, id="x", input="Another task of that id?")]
    found, requests, _ = asked(write(tmp_path / "data.jsonl", rows), tmp_path / "run", sources=["situated"])
    assert Counter(map(role, requests)) == {"base": 2, "critic": 2, "judge": 4}
    assert [one.score for one in found.judged["situated"]] == [1, 4, 4, 5, 1]
    assert found.figures[0].capabilities[0].instances == 2


def test_a_rubric_that_no_critic_accepts_leaves_its_rows_missing_in_strict_mode_only(tmp_path):
    data = write(tmp_path / "data.jsonl", [row(0), row(1, input="A hopeless task"), row(2)])
    found, requests, _ = asked(data, tmp_path / "run", sources=["situated", "generic"])
    assert [one.score for one in found.judged["situated"]] == [1, None, 4]
    assert [one.score for one in found.judged["generic"]] == [2, 2, 4]
    assert found.missing("situated") == {"no rubric was accepted, no version reached the threshold": 1}
    assert Counter(map(role, requests))["base"] == 2 + 4
    found, _, _ = asked(data, tmp_path / "run", sources=["situated"], mode="paper")
    assert [one.score for one in found.judged["situated"]] == [1, 2, 4]


def test_base_and_critic_may_be_others(data, tmp_path):
    async def run():
        made = [servers.running(servers.Script(model=name), respond) for name in ("judge", "base", "critic")]
        async with made[0] as judge, made[1] as base, made[2] as critic:
            parties = [Party((each.url,)) for each in (judge, base, critic)]
            found = await asyncio.to_thread(study, read_data(str(data)), *parties, run_dir=tmp_path / "run")
            assert found.judge == "judge"
            return [set(map(role, each.requests)) for each in (judge, base, critic)]

    assert asyncio.run(run()) == [{"judge"}, {"base"}, {"critic"}]


def test_nothing_is_paid_twice(data, tmp_path):
    found, requests, _ = asked(data, tmp_path / "run", sources=["generic"])
    assert len(requests) == 7
    again, requests, _ = asked(data, tmp_path / "run", sources=["generic", "none"])
    assert len(requests) == 7 and set(map(source_of, requests)) == {"none"}
    assert again.judged["generic"] == found.judged["generic"] and again.usage["replayed"] == 7


def many(path: Path) -> Path:
    return write(path, [row(number % 7, id=f"i{number}", input=f"Task {number}?") for number in range(60)])


def command(data: Path, run_dir: Path, url: str, *flags: str) -> list[str]:
    flags = ("--endpoint", url, "--run-dir", str(run_dir), "--concurrency", "4", *flags)
    return [sys.executable, "-m", "longctx_synth.cli", "study", "rubric", "--data", str(data), *flags]


SLOW = servers.Script(responder="rubric_responders:respond", delay=0.02)


def test_kill_9_pays_nothing_twice(tmp_path):
    data, run_dir = many(tmp_path / "data.jsonl"), tmp_path / "run"
    sources = ("--source", "none", "--source", "generic")
    with servers.process(SLOW) as server:
        process = subprocess.Popen(command(data, run_dir, server.url, *sources), stderr=subprocess.DEVNULL)
        while server.stats()["answered"] < 30:
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()
        process.wait()
        study(read_data(str(data)), Party((server.url,)), sources=["none", "generic"], run_dir=run_dir)
        assert server.stats()["answered_again"] <= 8  # sent, and not read by the killed process: 4 instances, 2 sources
        assert server.stats()["answered"] - server.stats()["answered_again"] == 120


def test_ctrl_c_hears_what_is_out_and_pays_nothing_twice(tmp_path):
    data, run_dir = many(tmp_path / "data.jsonl"), tmp_path / "run"
    with servers.process(SLOW) as server:
        begun = command(data, run_dir, server.url, "--source", "none")
        process = subprocess.Popen(begun, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        while server.stats()["answered"] < 10:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "the same command goes on" in " ".join(told.split()) and "Traceback" not in told
        assert server.stats()["answered"] < 60
        study(read_data(str(data)), Party((server.url,)), sources=["none"], run_dir=run_dir)
        assert server.stats()["answered"] == 60 and server.stats()["answered_again"] == 0


# -- endpoints that are at fault -------------------------------------------------------------------------------------


def test_what_does_not_fit_the_window_is_missing(tmp_path):
    data = write(tmp_path / "data.jsonl", [row(0), row(1, input="Read this. " * 4000)])
    script = servers.Script(kind="vllm", window=4096)
    found, _, _ = asked(data, tmp_path / "run", script, sources=["generic", "situated"])
    assert [one.score for one in found.judged["generic"]] == [2, None]
    assert found.missing("generic") == {"it does not fit the endpoint's window": 1}
    assert found.missing("situated") == {"it does not fit the endpoint's window": 1}


def test_an_endpoint_that_refuses_everything_is_an_error(data, tmp_path):
    with pytest.raises(RefusedError, match="Input validation error"):
        asked(data, tmp_path / "run", servers.Script(refuse_every=1))


def test_one_refusal_is_a_missing_score(data, tmp_path):
    found, _, _ = asked(data, tmp_path / "run", servers.Script(refuse_every=5), sources=["none"], concurrency=1)
    assert found.missing("none") == {"the endpoint refused it": 1}


def test_no_endpoint(data, tmp_path):
    with pytest.raises(EndpointError, match=r"127\.0\.0\.1:1"):
        study(read_data(str(data)), Party(("http://127.0.0.1:1",)), run_dir=tmp_path / "run", retries=0)


# -- what is read ----------------------------------------------------------------------------------------------------


def test_every_format_says_the_same(data, tmp_path):
    rows = [row(number) for number in range(len(ROWS))]
    (tmp_path / "data.json").write_text(json.dumps(rows))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "data.parquet")
    with (tmp_path / "data.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows({**each, "score_rubric": json.dumps(each["score_rubric"])} for each in rows)
    expected = read_data(str(data))
    assert expected.capabilities == ["planning", "safety"] and expected.rows[0].instance.given.question == GIVEN
    for suffix in ("json", "parquet", "csv"):
        assert read_data(str(tmp_path / f"data.{suffix}")).rows == expected.rows, suffix


def test_what_may_be_left_out(tmp_path):
    bare = {name: value for name, value in row(0).items() if name not in ("system_prompt", "score_rubric")}
    rows = [bare | {"id": 7}, bare | {"human_score": None}, bare | {"human_score": "4.5", "response": ""}]
    rows += [bare | {"system_prompt": None, "score_rubric": dict.fromkeys(RUBRIC), "human_score": "2"}]
    pq.write_table(pa.Table.from_pylist([{**each, "id": str(each["id"])} for each in rows[:1]]), tmp_path / "a.parquet")
    assert read_data(str(tmp_path / "a.parquet")).rows[0].instance == Instance("7", "planning", "", "Task 0?")
    for number, each in enumerate(rows):
        path = write(tmp_path / f"{number}.jsonl", [each, bare])
        assert read_data(str(path)).rows[0].human == (1, 1, 4.5, 2)[number]
        assert read_data(str(path)).unscored == (number == 1)
        assert read_data(str(path)).rows[0].instance.given is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"human_score": 6}, "row 2: human_score is 6, and must be a number from 1 to 5, or empty"),
        ({"human_score": 0}, "human_score is 0"),
        ({"human_score": 0.99}, r"human_score is 0\.99"),
        ({"response": None}, None),  # no answer is an answer
        ({"input": " "}, "row 2: input is empty"),
        ({"capability": None}, "row 2: capability is empty"),
        ({"score_rubric": {**RUBRIC, "score3_description": ""}}, "score_rubric has no score3_description; write"),
        ({"score_rubric": {**RUBRIC, "criteria": None}}, "score_rubric has no criteria"),
    ],
)
def test_a_bad_row_is_named(tmp_path, change, said):
    path = write(tmp_path / "data.jsonl", [row(0), row(1, **change)])
    if said is None:
        assert read_data(str(path)).rows[1].response == ""
        return
    with pytest.raises(SettingsError, match=said):
        read_data(str(path))


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("human_score", "good", "row 1: human_score is 'good'"),
        ("human_score", True, "human_score is True"),
        ("human_score", "nan", "human_score is 'nan'"),
        ("input", ["a"], "row 1: input is list, not text"),
        ("score_rubric", "be strict", "row 1: score_rubric is not JSON; write"),
        ("score_rubric", "[1]", "score_rubric is list; write"),
    ],
)
def test_a_column_of_another_kind(tmp_path, column, value, said):
    with pytest.raises(SettingsError, match=said):
        read_data(str(write(tmp_path / "data.jsonl", [row(0, **{column: value})])))


def test_what_is_no_data(tmp_path):
    def refused(name: Path | str, said: str, **options) -> None:
        with pytest.raises(SettingsError, match=said):
            read_data(str(name), **options)

    refused(tmp_path / "nowhere.jsonl", "there is no such file; give a .csv, .json")
    refused("nowhere", "there is no such file")
    refused(tmp_path, "there is no such file")
    (tmp_path / "empty.jsonl").write_text("\n \n")
    refused(tmp_path / "empty.jsonl", r"empty\.jsonl is empty")
    pq.write_table(pa.Table.from_pylist([], schema=pa.schema([("id", pa.string())])), tmp_path / "none.parquet")
    refused(tmp_path / "none.parquet", "holds no rows")
    (tmp_path / "text.md").write_text("Hello.")
    refused(tmp_path / "text.md", "give a .csv")
    for name in ("torn.jsonl", "torn.parquet", "torn.csv"):
        (tmp_path / name).write_text('{"id": "a", "cap')
        refused(tmp_path / name, "torn")
    missing = [{name: value for name, value in row(0).items() if name not in ("response", "human_score")}]
    refused(
        write(tmp_path / "missing.jsonl", missing), "has no column response, human_score: a row needs id, capability"
    )
    refused(write(tmp_path / "unscored.jsonl", [row(0, human_score=None)]), "has no human_score in any row")
    fine = write(tmp_path / "fine.jsonl", [row(0), row(4)])
    refused(fine, "--capability planing: .* has only planning, safety", capabilities=["planing"])
    refused(fine, "--split test: a file has no splits", split="test")
    assert read_data(str(fine), capabilities=["safety"]).capabilities == ["safety"]


def test_a_dataset_on_the_hub(monkeypatch):
    splits = {"human_eval": [row(0)], "llm_as_a_judge": [row(1)]}

    def load_dataset(name: str, streaming: bool = False) -> dict[str, list[dict]]:
        assert streaming
        if name != "user/scores":
            raise ConnectionError(f"Couldn't reach '{name}' on the Hub\nand more of it")
        return splits

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    assert read_data("user/scores").rows[0].human == 1
    assert read_data("user/scores", split="llm_as_a_judge").rows[0].human == 2
    with pytest.raises(
        SettingsError, match="--split train: name one of the splits of user/scores: human_eval, llm_as_a_judge"
    ):
        read_data("user/scores", split="train")
    del splits["human_eval"]
    assert read_data("user/scores").rows[0].human == 2  # its only one
    splits["other"] = []
    with pytest.raises(SettingsError, match="--data user/scores: name one of the splits"):
        read_data("user/scores")
    with pytest.raises(
        SettingsError, match=r"cannot be read from the Hub \(Couldn't reach 'user/nothing' on the Hub\)\.$"
    ):
        read_data("user/nothing")


def test_what_is_asked_for_in_vain(data, tmp_path):
    nobody = Party(("http://127.0.0.1:1",))

    def refused(said: str, rows: Path = data, **options) -> None:
        with pytest.raises(SettingsError, match=said):
            study(read_data(str(rows)), nobody, run_dir=tmp_path / "run", **options)

    refused("--source mine: the rubric sources are none, generic, situated, given", sources=["mine"])
    refused("--mode loose: the modes are strict and paper", mode="loose")
    refused("Base and critic are asked for situated rubrics only", sources=["none"], critic=nobody)
    bare = write(tmp_path / "bare.jsonl", [row(0), row(1, score_rubric=None)])
    refused("1 of 2 rows of .* have no score_rubric.*: --source none --source generic --source situated", bare)
    assert not (tmp_path / "run").exists()


# -- the command -----------------------------------------------------------------------------------------------------


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


def test_the_command_prints_the_table_and_writes_both_files(run, data, tmp_path):
    with servers.process(servers.Script(responder="rubric_responders:respond")) as server:
        files = ("--json", str(tmp_path / "f.json"), "--out", str(tmp_path / "j.jsonl"))
        status, out, err = run(
            "study", "rubric", "--data", str(data), "--endpoint", server.url, "--run-dir", str(tmp_path / "run"), *files
        )
    assert status == 0, err
    assert "7 answers to 7 instances, scored by people and by scripted" in out and "sent 44" in err
    assert [line.split()[0] for line in out.splitlines()[2:7]] == ["macro", *SOURCES]
    told = json.loads((tmp_path / "f.json").read_text())
    generic = told["sources"]["generic"]
    assert generic["capabilities"]["planning"]["pearson"]["value"] == pytest.approx(6 / 40**0.5)
    assert generic["macro"]["alpha"]["of"] == 2 and told["sources"]["given"]["why_missing"]
    judged = [json.loads(line) for line in (tmp_path / "j.jsonl").read_text().splitlines()]
    assert len(judged) == 28 and told["seed"] == 0 and told["data"] == str(data)
    situated = next(line for line in judged if line["rubric"] == "situated")
    assert situated["situated"]["criteria"] == "Is it situated?" and situated["feedback"] == "It is worth 1."
    assert next(line for line in judged if line["score"] is None)["missing"] == "the judgement could not be read"


def test_help_has_an_example(run):
    status, out, _ = run("study", "rubric", "--help")
    assert status == 0 and "Example: longctx-synth study rubric" in " ".join(out.split())
    assert "rubric" in run("study", "--help")[1]


def test_the_command_without_an_endpoint_or_with_one_that_is_not_there(run, data, tmp_path):
    status, _, err = run("study", "rubric", "--data", str(data))
    assert status == 2 and "--endpoint" in err
    where = ("--run-dir", str(tmp_path / "run"), "--endpoint", "http://127.0.0.1:1", "--retries", "0")
    status, _, err = run("study", "rubric", "--data", str(data), *where)
    assert status == EndpointError.exit_status and err.count("Error:") == 1 and "127.0.0.1:1" in err


def test_files_that_cannot_be_written(data, tmp_path):
    found, _, _ = asked(data, tmp_path / "run", sources=["none"])
    for flag, write_to in (("--json", found.write_figures), ("--out", found.write_judgements)):
        with pytest.raises(LongctxError, match=f"{flag} .* cannot be written"):
            write_to(tmp_path / "nowhere" / "file")
