"""The wheel: what is in it, and that it works where there is no checkout, under lm-eval's own command line too.

The wheel is installed by pip into a virtual environment of its own that borrows everything else from this one. lm-eval
is copied into it (without its thousands of own tasks), because the wheel's task folder has to land inside lm-eval's.
"""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LEAVES = [
    f"longctx_synth_{paradigm}_{length}"
    for paradigm in ("verifiable_if", "long_reasoning", "document_grounded", "multi_turn")
    for length in (512, 2048, 4096, 8192)
    if (paradigm, length) != ("multi_turn", 4096)
]
PACKAGED = {
    "builders": "longctx_synth/package_data/builders",
    "eval": "longctx_synth/package_data/eval",
    "recipes": "longctx_synth/package_data/recipes",
    "tasks/longctx_synth": "lm_eval/tasks/longctx_synth",
    "src/longctx_synth": "longctx_synth",
}


def run(*line: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs to the end, without this process's own PYTHONPATH and without a network."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    kept |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", **environment}
    done = subprocess.run(list(map(str, line)), cwd=cwd, env=kept, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (file,) = folder.glob("*.whl")
    return file


@dataclass
class Installed:
    python: Path
    packages: Path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    # A path file's lines are taken as they are: an editable install of this project in there stays out.
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()))
    lm_eval = _where("lm_eval")

    def its_own_tasks(folder: str, names: list[str]) -> set[str]:
        inner = Path(folder) == lm_eval / "tasks"
        return {name for name in names if name == "__pycache__" or (inner and (Path(folder) / name).is_dir())}

    shutil.copytree(lm_eval, packages / "lm_eval", ignore=its_own_tasks)
    run(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel, cwd=folder)
    return Installed(python, packages)


def _where(package: str) -> Path:
    import importlib.util

    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None, f"{package} is not installed"
    return Path(spec.origin).parent


def shipped(folder: str) -> set[str]:
    """What a folder of the checkout holds that belongs into the wheel."""
    base = ROOT / folder
    files = {path.relative_to(base) for path in base.rglob("*") if path.is_file()}
    return {file.as_posix() for file in files if not {"__pycache__", ".run"} & set(file.parts)}


# What is in it.


def test_the_wheel_holds_the_library_and_its_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, place in PACKAGED.items():
        wanted = {f"{place}/{name}" for name in shipped(folder)}
        assert wanted, folder
        assert wanted <= names, folder
    builder = "longctx_synth/package_data/builders/verifiable_if"
    assert {
        f"{builder}/{name}" for name in ("builder.py", "plan.py", "phrasings.yaml", "prompts/piece.user.j2")
    } <= names
    library = {
        "review/rubric.yaml",
        "review/prompts/judge.user.j2",
        "layers/phrasings.yaml",
        "scenarios/data/places.jsonl",
    }
    assert {f"longctx_synth/{name}" for name in library} <= names
    assert {f"lm_eval/tasks/longctx_synth/verifiable_if_{n}.yaml" for n in (512, 2048, 4096, 8192)} <= names


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"longctx_synth", "lm_eval"}
    assert len(names) == len(set(names))
    for name in names:
        assert not {"tests", "benchmarks", ".run", "__pycache__", "out"} & set(name.split("/")), name
    assert not any(name == "lm_eval/__init__.py" or name == "lm_eval/tasks/__init__.py" for name in names)


def test_the_metadata_keeps_torch_out_of_a_plain_install(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        lines = archive.read(name).decode().splitlines()
    plain = [line for line in lines if line.startswith("Requires-Dist:") and "extra ==" not in line]
    assert not any(heavy in line for line in plain for heavy in ("torch", "trl", "lm-eval", "transformers", "llama"))
    assert "License-Expression: Apache-2.0" in lines


# That it works without a checkout.

FOUND = """
import json, sys
from pathlib import Path
import longctx_synth
from longctx_synth import builder
found = builder.load_builder("verifiable_if")(answer="program", n=0, test=1, tokens="512", tokenizer="approximate")
found.setup()
print(json.dumps([longctx_synth.__file__, str(builder.builders_root()), builder.paradigms(), str(found.folder)]))
"""


@pytest.mark.slow
def test_the_builder_is_found_in_the_installed_wheel(installed: Installed, tmp_path: Path) -> None:
    decoy = tmp_path / "builders" / "verifiable_if"
    decoy.mkdir(parents=True)
    (decoy / "builder.py").write_text("raise SystemExit('taken from the working directory')")
    package, root, paradigms, folder = json.loads(run(installed.python, "-c", FOUND, cwd=tmp_path).stdout)
    assert Path(package).parent == installed.packages / "longctx_synth"
    assert Path(root) == installed.packages / "longctx_synth" / "package_data" / "builders"
    assert "verifiable_if" in paradigms
    assert Path(folder) == Path(root) / "verifiable_if"


@pytest.mark.slow
def test_the_command_is_installed(installed: Installed, tmp_path: Path) -> None:
    done = run(installed.python.with_name("longctx-synth"), "--help", cwd=tmp_path)
    assert "build" in done.stdout and "verify" in done.stdout


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 2-layer random model with a byte-level BPE tokenizer and a window of 16,384, saved as a checkpoint."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1000,
        special_tokens=["<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(
        (path.read_text("utf-8") for path in sorted(ROOT.glob("src/longctx_synth/*.py"))), trainer
    )
    template = "{% for message in messages %}{{ message.role }}: {{ message.content }}<|end|>\n{% endfor %}assistant: "
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|end|>", chat_template=template
    )
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=32_768,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
    )
    folder = tmp_path_factory.mktemp("model")
    LlamaForCausalLM(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.mark.slow
def test_lm_eval_runs_the_group_and_any_length_from_another_directory(
    installed: Installed, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "longctx_synth").mkdir()  # lm-eval before 0.4.13 took it for the tasks
    asked = {"documents": 1, "lengths": [1024]}
    run(
        installed.python, "-m", "lm_eval", "run", "--model", "hf", "--model_args", f"pretrained={model}",
        "--tasks", "longctx_synth,longctx_synth_verifiable_if", "--metadata", json.dumps(asked), "--limit", "1",
        "--device", "cpu", "--apply_chat_template", "--gen_kwargs", "max_gen_toks=8",
        "--log_samples", "--output_path", "scores",
        cwd=tmp_path, HF_HOME=str(tmp_path / "hf"),
    )  # fmt: skip
    (file,) = (tmp_path / "scores").rglob("results_*.json")
    results = json.loads(file.read_text())
    assert results["group_subtasks"]["longctx_synth"] == LEAVES
    for name in [*LEAVES, "longctx_synth"]:
        assert results["results"][name]["all_checks_passed,none"] == 0.0
        assert 0.0 <= results["results"][name]["checks_passed,none"] < 1.0
    assert results["results"]["longctx_synth_verifiable_if"]["all_checks_passed_1024,none"] == 0.0
    source = results["configs"][LEAVES[0]]["metadata"]["config_source"]
    assert Path(source).parent == installed.packages / "lm_eval" / "tasks" / "longctx_synth"
    for name in LEAVES:
        (samples,) = (tmp_path / "scores").rglob(f"samples_{name}_20*.jsonl")
        (sample,) = [json.loads(line) for line in samples.read_text().splitlines()]
        sent: str = sample["arguments"]["gen_args_0"]["arg_0"]
        prompt = sample["doc"]["prompt"]
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        # The whole prompt, in a chat message, or each message of a conversation in its own.
        assert sent == "".join(f"{m['role']}: {m['content']}<|end|>\n" for m in messages) + "assistant: "
