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

from .publish.rows import SCENARIO, record

ROOT = Path(__file__).parent.parent
STEPS = 2
# Twice the default limit of 1,024 tokens: a truncated row cannot pass for a whole one.
WORDS = 1_500
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


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
    """A 2-layer random model and a byte-level BPE tokenizer with a chat template, saved as a checkpoint."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((row.prompt[0]["content"] for row in rows), trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=TEMPLATE
    )
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=8_192,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
    )
    folder = tmp_path_factory.mktemp("model")
    LlamaForCausalLM(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def tokens(model: Path, conversations: list[list[Message]], *, generation: bool = False) -> int:
    """Tokens of all conversations under the model's chat template."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    texts = [tokenizer.apply_chat_template(c, tokenize=False, add_generation_prompt=generation) for c in conversations]
    return sum(map(len, tokenizer(texts, add_special_tokens=False)["input_ids"]))


def train(command: str, model: Path, dataset: Path, tmp_path: Path, *overrides: str) -> list[dict]:
    """Run `trl COMMAND --config recipes/COMMAND.yaml` for two steps of one row each; what it logged at each step."""
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
    line = [str(Path(sys.executable).with_name("trl")), command, "--config", f"recipes/{command}.yaml"]
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


@pytest.mark.skipif(not (ROOT / "builders/verifiable_if/data").is_dir(), reason="no reference dataset in this tree")
@pytest.mark.parametrize("name", ["sft", "dpo", "grpo", "grpo_reasoning"])
def test_the_reference_dataset_has_what_a_recipe_reads(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datasets import load_dataset

    monkeypatch.chdir(ROOT)
    recipe = yaml.safe_load((ROOT / "recipes" / f"{name}.yaml").read_text())
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


def test_rewards_that_recipes_and_their_readme_name_are_there() -> None:
    named = set(
        re.findall(r"longctx_synth\.rewards\.(\w+)", "".join(f.read_text() for f in (ROOT / "recipes").iterdir()))
    )
    assert {"checks_passed", "steps_in_order", "grounded", "answer_exact"} <= named
    assert all(callable(getattr(rewards, name)) for name in named)
