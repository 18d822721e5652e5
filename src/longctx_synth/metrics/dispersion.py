"""Semantic diversity: how far apart the embeddings of a set of texts lie.

Dispersion is the mean cosine distance over all pairs of texts: 0 when all say the same, about 1 when they have nothing
to do with each other. Sentence encoders read a few hundred tokens and drop the rest without a word, so a long text is
cut into chunks that fit, and its vector is the mean of the chunks' unit vectors, weighted by their lengths.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.floating[Any]]


def chunks(spans: list[tuple[int, int]], size: int) -> list[tuple[int, int, int]]:
    """Cut a text's tokens into consecutive chunks of at most `size`, of nearly equal length.

    spans: each token's (start, end) in the text. Returns (start, end, number of tokens) in the text for each chunk;
    equal lengths, since a last chunk of three words would count as much as a page in any plain mean.

    >>> chunks([(0, 1), (2, 3), (4, 5)], size=2)
    [(0, 3, 2), (4, 5, 1)]
    """
    if size < 1:
        raise ValueError(f"size is {size}, it must be at least 1")
    number = -(-len(spans) // size)
    bounds = [-(-len(spans) * i // number) for i in range(number + 1)] if number else []
    return [(spans[a][0], spans[b - 1][1], b - a) for a, b in itertools.pairwise(bounds)]


def text_vectors(vectors: Vectors, weights: list[list[float]]) -> Vectors:
    """One unit vector a text, from its chunks' vectors.

    vectors: (chunks of all texts, dimensions), in order; weights: for each text the weights (lengths) of its chunks.
    Returns (texts, dimensions). A text without chunks, or whose chunks cancel out, gets the zero vector.
    """
    import numpy as np

    units = _unit(np.asarray(vectors, dtype=np.float64))
    out = np.zeros((len(weights), units.shape[1] if units.ndim == 2 else 0))
    at = 0
    for i, text in enumerate(weights):
        out[i] = np.asarray(text, dtype=np.float64) @ units[at : at + len(text)] if text else 0.0
        at += len(text)
    if at != len(units):
        raise ValueError(f"there are {len(units)} vectors and {at} weights")
    return _unit(out)


def embedding_dispersion(vectors: Vectors) -> float:
    """The mean cosine distance (1 - cosine, 0 to 2) over all pairs of different rows; 0.0 for fewer than two rows.

    vectors: (texts, dimensions), of any length each; zero rows count as orthogonal to everything. Linear in the number
    of rows: the sum of all pairwise cosines is the squared length of the sum of the unit vectors.

    >>> embedding_dispersion([[1, 0], [0, 1], [1, 0]])  # distances 1, 0, 1
    0.6666666666666667
    """
    import numpy as np

    units = _unit(np.asarray(vectors, dtype=np.float64))
    n = len(units)
    if n < 2:
        return 0.0
    total = units.sum(axis=0)
    cosines = float(total @ total) - float((units * units).sum())
    return float(min(max(1.0 - cosines / (n * (n - 1)), 0.0), 2.0))


def _unit(vectors: Vectors) -> Vectors:
    import numpy as np

    if vectors.ndim != 2:
        return vectors.reshape(0, 0) if not vectors.size else vectors.reshape(1, -1)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
