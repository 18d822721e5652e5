"""Diversity of a set of texts: pure functions over texts and vectors, without state, model or network."""

from longctx_synth.metrics.dispersion import chunks, embedding_dispersion, text_vectors
from longctx_synth.metrics.lexical import moving_average_type_token_ratio, type_token_ratio, words

__all__ = [
    "chunks",
    "embedding_dispersion",
    "moving_average_type_token_ratio",
    "text_vectors",
    "type_token_ratio",
    "words",
]
