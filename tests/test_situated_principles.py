"""situated_principles: inputs, rows, views and figures, against scripted base and critic servers and the committed data."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

import datasets
import pyarrow.parquet as pq
import pytest
import yaml

from longctx_synth import checks, cli, publish
from longctx_synth.builder import load_builder
from longctx_synth.errors import Reject, SettingsError
from longctx_synth.metrics import binding
from longctx_synth.metrics.paired import preference
from longctx_synth.publish.reading import shards
from longctx_synth.studies.drafts import drafts
from tests import servers
from tests.principles_responders import SETTINGS
from tests.test_build import build, bytes_of, command, refused, rows

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "builders" / "situated_principles"
FLAGS = ("--tokens", "420", "--tokenizer", "approximate", "--words", "60")
MIXTURE = "respond:0.5,reappraise:0.25,rubric:0.25"
BASE = servers.Script(model="base", responder="principles_responders:base")
CRITIC = servers.Script(model="critic", responder="principles_responders:critic")


def generate(out: Path, base: servers.Remote, critic: servers.Remote | None = None, **settings) -> Path:
    """A run in this process, as `build` makes it."""
    judges = {"judge_endpoint": critic.url} if critic else {}
    with tempfile.TemporaryDirectory() as scratch:
        builder = load_builder("situated_principles")(
            cache_dir=scratch, **{"endpoint": base.url, **judges, **SETTINGS, **settings}
        )
        builder.generate(out)
    return out


@pytest.fixture(scope="module")
def scripted():
    """A base and a critic for the whole file."""
    with servers.process(BASE) as base, servers.process(CRITIC) as critic:
        yield base, critic


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    def builder(**settings):
        scratch = str(tmp_path_factory.mktemp("cache"))
        found = load_builder("situated_principles")(cache_dir=scratch, **{"n": 1, **SETTINGS, **settings})
        found.setup()
        return found

    return builder


@pytest.fixture(scope="module")
def planned(make):
    """[(case, plan)] of 56 slots a split."""
    builder = make()
    found = []
    for split in ("train", "validation", "test"):
        for number in range(56):
            for try_ in range(8):
                case = builder.case(split, number, try_)
                try:
                    found.append((case, builder.plan(case)))
                    break
                except Reject:
                    continue
    assert len(found) == 3 * 56
    return builder, found


# -- inputs ----------------------------------------------------------------------------------------------------------


def test_every_kind_and_carrier_comes_and_code_can_answer(planned):
    builder, found = planned
    kinds = {(case.split, plan.kind) for case, plan in found}
    assert len({kind for _, kind in kinds}) == 14
    assert {plan.carrier for _, plan in found} == {"short", "document", "conversation"}
    for case, plan in found:
        verdict = checks.judge(plan.checks, builder.gold(case, plan), plan.prompt)
        assert verdict.passed, (plan.kind, verdict.feedback)
        length = builder.tokenizer.count_prompt(plan.prompt)
        assert abs(length - plan.tokens) <= max(0.02 * plan.tokens, 16)
        assert plan.prompt[-1]["role"] == "user" and "{" not in plan.prompt[-1]["content"][-200:]
        assert not re.search(r"\ba [aeio](?!ne)", plan.prompt[-1]["content"][:300]), plan.prompt[-1]["content"][:300]


def test_checks_bind_an_answer_to_its_input(planned):
    """The answer to the next input of the kind, over other words, does not do."""
    builder, found = planned
    fails = Counter()
    for split in ("train", "test"):
        plans = [(case, plan) for case, plan in found if case.split == split]
        for index, (_, plan) in enumerate(plans):
            other = next(p for p in plans[index + 1 :] + plans[:index] if p[1].kind != plan.kind)
            fails[checks.judge(plan.checks, builder.gold(*other), plan.prompt).passed] += 1
    assert fails[False] / fails.total() >= 0.95


def test_splits_share_no_wording(planned):
    builder, _ = planned
    lines = builder.inputs.phrasings
    for kind, entry in lines.items():
        asks = entry["ask"] if isinstance(entry, dict) else entry
        assert len(asks) >= 9 and len(set(asks)) == len(asks), kind
    found = {
        split: {
            re.sub(r"\W+", " ", plan.prompt[-1]["content"])[-40:] for case, plan in planned[1] if case.split == split
        }
        for split in ("train", "test")
    }
    assert not found["train"] & found["test"]


def test_evidence_stands_where_it_says(planned):
    for _, plan in planned[1]:
        for piece in plan.evidence:
            assert plan.prompt[piece.message]["content"][piece.start : piece.end] == piece.text
    assert any(plan.evidence for _, plan in planned[1])


def test_posts_are_varied_and_pass_the_screen(make):
    builder = make(task="reappraise")
    plans = [builder.inputs.post(builder.case("train", number, 0)) for number in range(160)]
    assert len({plan.kind for plan in plans}) >= 8 and len({plan.dimension for plan in plans}) >= 6
    assert len({plan.prompt[0]["content"] for plan in plans}) >= 155
    assert all(plan.goal for plan in plans)
    assert not [
        plan for plan in plans if (plan.kind, plan.dimension) in (("body", "other_side"), ("exam", "other_side"))
    ]
    assert not [plan.prompt for plan in plans if builder.screen.crisis_in(plan.prompt[0]["content"])]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I just want to die.", "self_harm"),
        ("Everybody would be better off WITHOUT   me.", "self_harm"),
        ("He hits me when he drinks.", "abuse"),
        ("I can’t breathe and my chest pain is back", "emergency"),
        ("I am going to kill him", "harm_to_others"),
        ("This deadline is killing me, and the suicidology lecture was long.", ""),
        ("", ""),
    ],
)
def test_the_screen(make, text, kind):
    assert make().screen.crisis_in(text) == kind


# -- seeds -----------------------------------------------------------------------------------------------------------


def seed_texts() -> list[str]:
    loaded = yaml.safe_load((REFERENCE / "seeds.yaml").read_text("utf-8"))
    queries = [
        seed[part] for name in ("respond", "reappraise") for seed in loaded[name] for part in ("input", "answer")
    ]
    return queries + [seed["instruction"] for seed in loaded["rubric"]]


def test_there_are_seeds_enough_and_they_are_whole():
    loaded = yaml.safe_load((REFERENCE / "seeds.yaml").read_text("utf-8"))
    assert len(loaded["respond"]) >= 24 and len({seed["kind"] for seed in loaded["respond"]}) >= 8
    assert len(seed_texts()) == len(set(seed_texts()))
    for seed in [*loaded["respond"], *loaded["reappraise"]]:
        assert len(seed["principles"].split()) <= 128 and len(seed["principles"].splitlines()) >= 2
        assert 1 < len(seed["answer"].split()) <= 60
    for seed in loaded["rubric"]:
        assert len(set(seed["levels"])) == 5


def runs(text: str, words: int = 7) -> set[tuple[str, ...]]:
    found = re.findall(r"\w+", text.lower())
    return {tuple(found[at : at + words]) for at in range(len(found) - words + 1)}


def test_no_seed_stands_in_what_is_evaluated(planned):
    """Seven words in a row of no seed stand in the test splits' inputs, lm-eval's documents, or the banks they come from."""
    builder, found = planned
    evaluated = ["\n".join(m["content"] for m in plan.prompt) for case, plan in found if case.split == "test"]
    evaluated += [builder.inputs.post(builder.case("test", number, 0)).prompt[0]["content"] for number in range(60)]
    for name in ("phrasings", "posts"):
        evaluated.append((REFERENCE / f"{name}.yaml").read_text("utf-8"))
    evaluated += [path.read_text("utf-8") for path in (ROOT / "builders").glob("*/phrasings.yaml")]
    tests = [file for folder in sorted((ROOT / "builders").glob("*/data")) for file in shards(folder.parent)]
    for file in (file for file in tests if file.name.startswith("test-")):
        for row in pq.read_table(file, columns=["prompt"]).to_pylist():
            evaluated.append("\n".join(message["content"] for message in row["prompt"]))
    seen = set().union(*map(runs, evaluated))
    assert len(seen) > 10_000
    for text in seed_texts():
        assert not runs(text) & seen, text
        assert all(text not in other for other in evaluated)


def test_a_seed_of_the_same_kind_is_shown_next_to_the_input(make):
    builder = make(examples=3)
    plan = next(
        p for n in range(20) if (p := builder.inputs.query(builder.case("train", n, 0), "short")).kind == "vague"
    )
    shown = builder._seeds("respond", plan, random.Random(1))
    assert len(shown) == 3 and shown[-1].kind == "vague" and len({seed.kind for seed in shown}) == 3
    assert make(examples=0)._seeds("respond", plan, random.Random(1)) == []
    assert make(method="vanilla")._seeds("respond", plan, random.Random(1)) == []


# -- rows, end to end over HTTP --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory, scripted):
    """A folder of 16 rows of the three tasks."""
    return generate(tmp_path_factory.mktemp("built") / "out", *scripted, n=12, test=4, task=MIXTURE)


def test_rows_hold_what_they_promise(built):
    out = built
    assert publish.verify(out) == []
    found = rows(out) + rows(out, "test")
    assert len(found) == 16 and {row["scenario"]["task"] for row in found} == {"respond", "reappraise", "rubric"}
    for row in found:
        told = row["scenario"]
        trace = json.loads(told["trace"])
        kept = {step["stage"]: step for step in trace if step["kept"]}
        first = "rubric" if told["task"] == "rubric" else "principles"
        assert kept[first]["text"] == told["principles"] and str(kept[first]["score"]) == told["principles_score"]
        if told["task"] != "rubric":
            assert kept["response"]["text"] == row["completion"][0]["content"]
            assert "(mended" in told["principles"]  # the critic wants principles twice
        # Calls are counted: a version costs one, its critique as many as it took.
        assert int(told["calls"]) == sum(1 + step["critic_calls"] for step in trace)
        judged = json.loads(row["judge"])
        assert {entry["judge"] for entry in judged} == {"critic"}
        assert [entry["draft"] for entry in judged] == sorted({entry["draft"] for entry in judged})


def rejects_an_answer(row: dict) -> bool:
    """Seen: the rejected text was a draft of the principles, which fails the checks of an answer with ease."""
    text, source = row["rejected"][0]["content"], row["rejected_because"].split(":")[0]
    steps = json.loads(row["scenario"]["trace"])
    answers = [step["text"] for step in steps if step["stage"] == "response"]
    return source != "first_draft" or any(answer.startswith(text) for answer in answers)


def test_pairs_are_told_apart_by_a_check_and_matched_in_length(built):
    found = [row for row in rows(built) + rows(built, "test") if row["rejected"]]
    assert len(found) >= 8
    for row in found:
        assert row["rejected_because"].split(":")[0] in ("first_draft", "vanilla", "breaks_principle")
        assert not checks.judge(row["checks"], row["rejected"][0]["content"], row["prompt"]).passed
        assert rejects_an_answer(row)
    assert binding.pair_lengths(found)["greatest"] <= 0.15


def test_a_signature_holds_the_critic_to_the_runs_threshold(make):
    assert make(threshold=2).passing() == dict.fromkeys(("principles", "response", "answer", "rubric"), 2.0)


def test_grpo_waits_for_a_critic_that_agrees_with_people(built, tmp_path):
    out = built
    card = (out / "README.md").read_text("utf-8")
    head = yaml.safe_load(card.split("---")[1])
    assert {config["config_name"] for config in head["configs"]} == {"sft", "dpo", "records"}
    assert "0.6" in head["withheld"]["grpo"] and "There is no `grpo` config" in card and "trl grpo" not in card
    with pytest.raises(ValueError, match="grpo"):
        datasets.load_dataset(str(out), "grpo", cache_dir=str(tmp_path))
    for view in ("sft", "dpo", "records"):
        assert datasets.load_dataset(str(out), view, split="train", cache_dir=str(tmp_path)).num_rows


def test_grpo_opens_with_kappa_and_verify_holds_the_card_to_it(built, scripted, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    before = [server.stats()["answered"] for server in scripted]
    for kappa, offered in ((0.55, False), (0.6, True)):
        # Another kappa is no other run: nothing is asked again, only the card is written anew.
        generate(out, *scripted, n=12, test=4, task=MIXTURE, critic_kappa=kappa)
        text = (out / "README.md").read_text("utf-8")
        assert ("config_name: grpo" in text) is offered and publish.verify(out) == []
    assert [server.stats()["answered"] for server in scripted] == before
    (out / "README.md").write_text(text.replace("---\n", "---\nwithheld:\n  grpo: because\n", 1), "utf-8")
    assert any("withheld" in str(problem) for problem in publish.verify(out))


def test_a_critic_is_calibrated_on_drafts(built, tmp_path, capsys, monkeypatch):
    """A row's own text passed the gate: the sheet shows what the critic failed, too, with what it was written for."""

    def run(*arguments: object) -> str:
        monkeypatch.setattr("sys.argv", ["longctx-synth", "calibrate", *map(str, arguments), "--rubric", "critic"])
        with pytest.raises(SystemExit) as end:
            cli.main()
            raise SystemExit(0)
        told = capsys.readouterr()
        assert not end.value.code, told.err
        return told.out

    out = tmp_path / "sheet.jsonl"
    assert "--data DIR --rubric critic" in run("--sample", built, "--n", 24, "--out", out)
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert {line["axis"] for line in lines} == {"principles", "response", "rubric"} and len(lines) == 24
    scored = {draft.id: draft for draft in drafts(built)}
    assert min(draft.score for draft in scored.values()) < 4 <= max(draft.score for draft in scored.values())
    for line in lines:
        draft = scored[line["id"]]
        assert line["answer"] == draft.text and draft.goal in line["request"] and "score" not in line
        assert (draft.principles in line["request"]) and bool(draft.principles) is (line["axis"] == "response")
        line["human"] = "pass" if draft.score >= 4 else "fail"  # a person who agrees on everything
    out.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    run(out, "--data", built, "--json", tmp_path / "figures.json")
    figures = json.loads((tmp_path / "figures.json").read_text("utf-8"))["axes"]
    assert figures["principles"]["kappa"]["value"] == 1.0
    with pytest.raises(SettingsError, match="keeps no drafts"):
        list(drafts(ROOT / "builders" / "verifiable_if"))


def test_difficulty_does_not_open_what_is_withheld(built, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    publish.revise(out, lambda record, flat: flat, {})
    assert "config_name: grpo" not in (out / "README.md").read_text("utf-8") and publish.verify(out) == []


def test_the_principle_swap_is_in_the_card(built):
    card = (built / "README.md").read_text("utf-8")
    assert "principle swap" in card
    line = next(line for line in card.splitlines() if "the critic prefers" in line)
    # The scripted critic gives every answer a 4, so it cannot tell, and the card says so.
    assert "ties" in line and line.rstrip(" |").endswith("blind")


def test_kill_9_pays_nothing_twice(scripted, tmp_path):
    generate(tmp_path / "a", *scripted, n=6, task="respond:0.5,reappraise:0.5", concurrency=4)
    flags = ("--n", "6", "--task", "respond:0.5,reappraise:0.5", "--concurrency", "4", *FLAGS)
    slow_base = servers.Script(model="base", responder=BASE.responder, delay=0.02)
    slow_critic = servers.Script(model="critic", responder=CRITIC.responder, delay=0.02)
    with servers.process(slow_base) as base, servers.process(slow_critic) as critic:
        urls = ("--endpoint", base.url, "--judge-endpoint", critic.url)
        process = subprocess.Popen(
            command("situated_principles", tmp_path / "b", *urls, *flags), stderr=subprocess.DEVNULL
        )
        while base.stats()["answered"] < 14:
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()
        process.wait()
        result = build("situated_principles", tmp_path / "b", *urls, *flags)
        assert result.returncode == 0, result.stderr
        # What the servers had sent and the client had not read at the kill was in flight: at most one a case.
        assert base.stats()["answered_again"] + critic.stats()["answered_again"] <= 4
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b") and len(rows(tmp_path / "b")) == 6


def test_every_method_is_one_run(tmp_path):
    with servers.process(servers.Script(model="base", responder="tests.test_situated_principles:right")) as base:
        for method, calls in (("vanilla", 1), ("self_refine", 2), ("fixed_principles", 2), ("self_align", 1)):
            out = generate(tmp_path / method, base, n=3, method=method, carrier="short", pairs=False)
            found = rows(out)
            assert publish.verify(out) == [] and {row["scenario"]["method"] for row in found} == {method}
            assert {int(row["scenario"]["calls"]) for row in found} == {calls}
            assert all(row["scenario"]["principles"] == "" for row in found)
            assert "its own critic" in (out / "README.md").read_text("utf-8")


def right(request: dict) -> str:
    from tests.principles_responders import gold

    text = request["messages"][-1]["content"]
    if "[RESULT]" in text:
        return "Feedback: fine. [RESULT] 4"
    answer = next((answer for prompt, answer in gold().items() if prompt in text), "No idea.")
    return f"Thoughts: (1)\nAnswer: {answer}" if "Thoughts:" in text else answer


def test_the_users_own_inputs(scripted, tmp_path):
    queries = [{"question": f"How do I keep {n} bees warm in winter, please?"} for n in range(12)] * 2
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(map(json.dumps, queries)), "utf-8")
    out = generate(tmp_path / "out", *scripted, queries=f"{file}:question", n=6, test=1)
    assert publish.verify(out) == []
    asked = [row["prompt"][0]["content"] for row in rows(out) + rows(out, "test")]
    assert len(set(asked)) == 7 and set(asked) <= {query["question"] for query in queries}
    with pytest.raises(SettingsError, match="12 different inputs for train, and 13 rows"):
        generate(tmp_path / "more", *scripted, queries=f"{file}:question", n=13)


@pytest.mark.parametrize("crisis", ["drop", "referral"])
def test_inputs_of_a_crisis(scripted, tmp_path, crisis):
    texts = [f"I lost my keys for the {n} time and feel foolish." for n in ("third", "fourth", "fifth")]
    texts.append("I want to die, and nobody knows it.")
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(json.dumps({"text": text}) for text in texts), "utf-8")
    n = 3 if crisis == "drop" else 4
    out = generate(tmp_path / "out", *scripted, task="reappraise", queries=str(file), crisis=crisis, n=n)
    found = {row["prompt"][0]["content"]: row for row in rows(out)}
    assert publish.verify(out) == []
    assert (texts[-1] in found) is (crisis == "referral")
    if crisis == "referral":
        row = found[texts[-1]]
        assert "local emergency number" in row["completion"][0]["content"] and row["scenario"]["calls"] == "0"
    else:
        assert "spoke of a crisis and were left out" in (out / "README.md").read_text("utf-8")


def test_a_rubric_for_each_request_judges_other_paradigms_too(tmp_path):
    script = servers.Script(model="j", responder="tests.test_situated_principles:situated_judge")
    with servers.process(script) as judge:
        flags = ("--answer", "program", "--tokens", "600", "--tokenizer", "approximate", "--n", "2")
        result = build(
            "verifiable_if", tmp_path, "--judge-endpoint", judge.url, "--judge-rubric", "situated", "--endpoint", judge.url,
            *flags,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        # A program wrote these rows, so the judge writes its rubrics itself: rubric, critique, judgement.
        assert judge.stats()["answered"] == 3 * 2
    for row in rows(tmp_path):
        assert json.loads(row["judge"])[0]["scores"] == {"situated": 5}
    assert publish.verify(tmp_path) == []


def situated_judge(request: dict) -> str:
    text = request["messages"][-1]["content"]
    if 'its keys are "criterion"' in text:
        return json.dumps({"criterion": "Is it done?"} | {str(n): f"level {n}" for n in range(1, 6)})
    if "situated:" in text:
        return json.dumps({"situated": {"feedback": "Done.", "score": 5}})
    return "Feedback: fine. [RESULT] 4" if "[RESULT]" in text else "Some text that answers."


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"task": "sing"}, ("--task sing", "respond")),
        ({"task": "respond:x"}, ("--task", "'x'")),
        ({"task": "respond:0"}, ("--task", "above 0")),
        ({"task": "rubric", "method": "vanilla"}, ("--method vanilla", "rubric")),
        ({"calls": 3}, ("--calls 3", "at least 4")),
        ({"method": "magic"}, ("--method",)),
        ({"mode": "loose"}, ("--mode",)),
        ({"threshold": 6}, ("--threshold",)),
        ({"crisis": "ignore"}, ("--crisis",)),
        ({"critic_kappa": 2}, ("--critic-kappa",)),
        ({"queries": "nowhere.jsonl"}, ("nowhere.jsonl", "--queries")),
        ({"language": "de"}, ("--language",)),
    ],
)
def test_bad_input_gets_one_clear_sentence(make, settings, words):
    with pytest.raises(SettingsError) as told:
        make(**settings)
    assert all(word in str(told.value) for word in words), str(told.value)


def test_the_command_line_takes_the_settings(tmp_path):
    refused(
        build("situated_principles", tmp_path, "--method", "spri", "--calls", "2", *FLAGS), "--calls 2", "at least 4"
    )


def test_preference():
    seen = preference([5, 4, 3, None, 2], [3, 4, 4, 2, 1])
    assert (seen.wins, seen.losses, seen.ties, seen.missing) == (2, 1, 1, 1) and seen.rate == 0.625 and seen.blind
    sure = preference([5] * 12, [1] * 12)
    assert sure.rate == 1.0 and not sure.blind and "can tell" in str(sure)
    # Wilson's interval of 12 of 12 has its lower end at 12 / (12 + 1.96 ** 2).
    assert sure.low == pytest.approx(12 / (12 + 1.959964**2)) and sure.high == pytest.approx(1.0)
    assert preference([], []).blind and preference([None], [3]).missing == 1
    with pytest.raises(ValueError, match="1 and 2"):
        preference([1], [1, 2])


# -- lm-eval ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leaves():
    """What lm-eval loads for the fixed leaves, five documents each: {name: (task, rows)}."""
    pytest.importorskip("lm_eval", reason="the tasks need the extra `eval`")
    from lm_eval.tasks import TaskManager

    names = [f"longctx_synth_situated_principles_{length}" for length in (2048, 4096, 8192)]
    manager = TaskManager(include_path=str(ROOT / "tasks"), include_defaults=False, metadata={"documents": 5})
    found = manager.load([*names, "longctx_synth_situated_principles"])["tasks"]
    return {name: (task, list(task.test_docs())) for name, task in found.items()}


def test_leaves_give_gold_one_and_other_answers_zero(leaves):
    assert len(leaves) == 4
    for name, (task, docs) in leaves.items():
        assert len(docs) == 5 and {doc["task"] for doc in docs} == {"cite", "silent", "premise", "guarded", "pressed"}
        declared = {metric for metric in task.config.metric_list for metric in [metric["metric"]]}
        for index, doc in enumerate(docs):
            scores = task.process_results(doc, [doc["gold"]])
            assert set(scores.values()) == {1.0} and set(scores) <= declared, (name, scores)
            assert set(task.process_results(doc, [" "]).values()) == {0.0}
            other = docs[(index + 1) % len(docs)]["gold"]
            assert task.process_results(doc, [other])["all_checks_passed"] == 0.0, (doc["task"], other)
            length = name.rpartition("_")[2]
            if length.isdigit():
                assert abs(doc["tokens"] - int(length)) <= 0.02 * int(length)


def test_the_leaves_stand_in_no_group():
    for group in ("longctx_synth", "longctx_synth_long"):
        assert "situated" not in (ROOT / "tasks" / "longctx_synth" / f"{group}.yaml").read_text("utf-8")


# -- the committed rows ----------------------------------------------------------------------------------------------


def test_reference_data_show_the_mechanics_and_say_so(tmp_path):
    assert publish.verify(REFERENCE) == []
    assert sum(file.stat().st_size for file in (REFERENCE / "data").glob("*")) < 1 << 20
    card = (REFERENCE / "README.md").read_text("utf-8")
    assert (
        "has no judgement" in card
        and "Known limits" in card
        and "SmolLM2" in card
        and "There is no `grpo` config" in card
    )
    data = datasets.load_dataset(str(REFERENCE), "records", split="train", cache_dir=str(tmp_path))
    for row in data:
        trace = json.loads(row["scenario"]["trace"])
        assert trace and sum(1 + step["critic_calls"] for step in trace) == int(row["scenario"]["calls"])
        assert not row["rejected"] or rejects_an_answer(row)
        if row["scenario"]["task"] != "rubric":  # seen: the embedded model copies the answers of seeds that it is shown
            seeds = yaml.safe_load((REFERENCE / "seeds.yaml").read_text("utf-8"))
            shown = set().union(*(runs(one["answer"], 8) for bank in ("respond", "reappraise") for one in seeds[bank]))
            assert not runs(row["completion"][0]["content"], 8) & shown
