"""The recipes train as they are: TRL's own command line, two steps each, every row at its full length.

The model is random and tiny; the tokenizer is trained on the rows. What the trainer logs as `num_tokens` must be what
the rows have under that tokenizer, so a cut or dropped row shows.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import longctx_synth
from longctx_synth import rewards
from longctx_synth.publish import publish
from longctx_synth.records import Message, Record

from .publish.rows import CHAT_SCENARIO, SCENARIO, conversation, record
from .tiny_models import TEMPLATE, save_model

ROOT = Path(__file__).parent.parent
STEPS = 2
# Twice the default limit of 1,024 tokens: a truncated row cannot pass for a whole one.
WORDS = 1_500


@pytest.fixture(scope="module")
def rows() -> list[Record]:
    return [record("train", number, words=WORDS) for number in range(STEPS)]


@pytest.fixture(scope="module")
def dataset(rows: list[Record], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("rows") / "dataset"
    publish(out, {"train": rows}, paradigm="verifiable_if", scenario_fields=SCENARIO)
    return out


@pytest.fixture(scope="module")
def model(rows: list[Record], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"), (row.prompt[0]["content"] for row in rows))


@pytest.fixture(scope="module")
def talks() -> list[list[Record]]:
    """The rows of two conversations, of five assistant turns each and longer than the default limit; the last is whole."""
    return [conversation("train", number, turns=5, words=WORDS // 4) for number in range(STEPS)]


@pytest.fixture(scope="module")
def chat(talks: list[list[Record]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("talks") / "dataset"
    rows = [row for talk in talks for row in talk]
    publish(out, {"train": rows}, paradigm="multi_turn", scenario_fields=CHAT_SCENARIO, conversations=True)
    return out


def tokens(model: Path, conversations: list[list[Message]], *, generation: bool = False) -> int:
    """Tokens of all conversations under the model's chat template."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    texts = [tokenizer.apply_chat_template(c, tokenize=False, add_generation_prompt=generation) for c in conversations]
    return sum(map(len, tokenizer(texts, add_special_tokens=False)["input_ids"]))


def train(command: str, model: Path, dataset: Path, tmp_path: Path, *overrides: str, recipe: str = "") -> list[dict]:
    """Run `trl COMMAND --config recipes/RECIPE.yaml` for two steps of one row each; what it logged at each step."""
    out = tmp_path / "out"
    settings = {
        "--model_name_or_path": model,
        "--dataset_name": dataset,
        "--output_dir": out,
        "--use_cpu": "true",
        "--bf16": "false",
        "--max_steps": STEPS,
        "--gradient_accumulation_steps": 1,
        "--save_steps": STEPS,
    }
    cache = tmp_path.parent / "hf-cache"
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_DATASETS_CACHE": str(cache),
        "HF_HOME": str(cache),
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONPATH": os.pathsep.join([str(Path(longctx_synth.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
    }
    line = [str(Path(sys.executable).with_name("trl")), command, "--config", f"recipes/{recipe or command}.yaml"]
    line += [str(part) for pair in settings.items() for part in pair] + list(overrides)
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-6_000:]
    state = json.loads((out / f"checkpoint-{STEPS}" / "trainer_state.json").read_text())
    assert state["global_step"] == STEPS
    assert (out / "model.safetensors").is_file()
    return [entry for entry in state["log_history"] if "num_tokens" in entry]


def whole(model: Path, rows: list[Record], field: str) -> int:
    """Tokens of all rows, prompt and the answer in `field` together, at full length."""
    return tokens(model, [row.prompt + getattr(row, field) for row in rows])


@pytest.mark.slow
def test_sft_learns_every_row_whole(rows: list[Record], model: Path, dataset: Path, tmp_path: Path) -> None:
    log = train("sft", model, dataset, tmp_path)
    assert len(log) == STEPS
    assert log[-1]["num_tokens"] == whole(model, rows, "completion") > 1_024 * STEPS


@pytest.mark.slow
def test_sft_chat_reads_every_conversation_whole(
    talks: list[list[Record]], model: Path, chat: Path, tmp_path: Path
) -> None:
    log = train("sft", model, chat, tmp_path, recipe="sft_chat")
    assert len(log) == STEPS
    assert log[-1]["num_tokens"] == whole(model, [talk[-1] for talk in talks], "completion") > 1_024 * STEPS
    saved = (tmp_path / "out" / "chat_template.jinja").read_text()
    assert saved == (ROOT / "recipes" / "chatml_training.jinja").read_text()


@pytest.mark.slow
def test_sft_chat_learns_the_assistants_turns_and_nothing_else(
    talks: list[list[Record]], model: Path, chat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The labels of TRL's own trainer, as the recipe configures it: each stretch of them is one assistant turn."""
    from datasets import load_dataset
    from trl import SFTConfig, SFTTrainer

    monkeypatch.chdir(ROOT)
    recipe = yaml.safe_load((ROOT / "recipes" / "sft_chat.yaml").read_text())
    known = {name: value for name, value in recipe.items() if name in SFTConfig.__dataclass_fields__}
    here = {"output_dir": str(tmp_path / "out"), "use_cpu": True, "bf16": False, "report_to": []}
    rows = load_dataset(str(chat), recipe["dataset_config"], split="train", cache_dir=str(tmp_path / "cache"))
    trainer = SFTTrainer(model=str(model), args=SFTConfig(**known | here), train_dataset=rows)
    tokenizer = trainer.processing_class
    learned = {}
    for batch in trainer.get_train_dataloader():
        (ids,), (labels,) = batch["input_ids"].tolist(), batch["labels"].tolist()
        stretches: list[list[int]] = []
        for at, (id_, label) in enumerate(zip(ids, labels, strict=True)):
            assert label in (id_, -100)
            if label != -100 and (at == 0 or labels[at - 1] == -100):
                stretches.append([])
            if label != -100:
                stretches[-1].append(id_)
        learned[tokenizer.decode(ids)] = [tokenizer.decode(stretch) for stretch in stretches]
    assert len(learned) == len(talks) == 2
    for talk in talks:
        messages = talk[-1].prompt + talk[-1].completion
        text = tokenizer.apply_chat_template(messages, chat_template=TEMPLATE, tokenize=False)
        said = [f"{message['content']}<|im_end|>" for message in messages if message["role"] == "assistant"]
        assert learned[text] == said and len(said) == 5


@pytest.mark.slow
def test_dpo_compares_every_pair_whole(rows: list[Record], model: Path, dataset: Path, tmp_path: Path) -> None:
    log = train("dpo", model, dataset, tmp_path)
    assert len(log) == STEPS
    assert log[-1]["num_tokens"] == whole(model, rows, "chosen") + whole(model, rows, "rejected")


@pytest.mark.slow
def test_grpo_rewards_answers_to_whole_prompts(rows: list[Record], model: Path, dataset: Path, tmp_path: Path) -> None:
    generations, room = 2, 8
    log = train(
        "grpo", model, dataset, tmp_path,
        "--num_generations", str(generations),
        "--per_device_train_batch_size", str(generations),
        "--max_completion_length", str(room),
    )  # fmt: skip
    assert len(log) == STEPS
    prompts = tokens(model, [row.prompt for row in rows], generation=True) * generations
    assert prompts < log[-1]["num_tokens"] <= prompts + STEPS * generations * room
    assert all("rewards/checks_passed/mean" in entry for entry in log)


@pytest.mark.parametrize("name", ["sft", "sft_chat", "dpo", "grpo", "grpo_reasoning"])
def test_the_reference_dataset_has_what_a_recipe_reads(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datasets import load_dataset

    monkeypatch.chdir(ROOT)
    recipe = yaml.safe_load((ROOT / "recipes" / f"{name}.yaml").read_text())
    if not (ROOT / recipe["dataset_name"] / "data").is_dir():
        pytest.skip("no reference dataset in this tree")
    rows = load_dataset(recipe["dataset_name"], recipe["dataset_config"], cache_dir=str(tmp_path))
    assert {"train", recipe["dataset_test_split"]} <= set(rows)


@pytest.mark.parametrize("name", ["sft", "dpo", "grpo"])
def test_a_recipe_names_the_view_and_cuts_nothing(name: str) -> None:
    recipe = yaml.safe_load((ROOT / "recipes" / f"{name}.yaml").read_text())
    assert recipe["dataset_name"] == "./builders/verifiable_if"
    assert recipe["dataset_config"] == name
    if name == "grpo":
        assert recipe["reward_funcs"] == ["longctx_synth.rewards.checks_passed"]
        assert recipe["max_completion_length"] >= 512
    else:
        assert recipe["max_length"] is None
    if name == "sft":
        assert recipe["completion_only_loss"] is True


def test_the_recipe_for_conversations_cuts_nothing_and_marks_the_turns() -> None:
    recipe = yaml.safe_load((ROOT / "recipes" / "sft_chat.yaml").read_text())
    assert (recipe["dataset_name"], recipe["dataset_config"]) == ("./builders/multi_turn", "chat")
    assert recipe["max_length"] is None and recipe["assistant_only_loss"] is True
    assert "{%- generation %}" in (ROOT / recipe["chat_template_path"]).read_text()


def test_rewards_that_recipes_and_their_readme_name_are_there() -> None:
    named = set(
        re.findall(r"longctx_synth\.rewards\.(\w+)", "".join(f.read_text() for f in (ROOT / "recipes").iterdir()))
    )
    assert {"checks_passed", "steps_in_order", "grounded", "answer_exact"} <= named
    assert all(callable(getattr(rewards, name)) for name in named)
