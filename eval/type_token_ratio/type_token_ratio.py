"""Type-token ratio, plain and moving-average, for `evaluate`; the mathematics is in longctx_synth.metrics."""

import datasets
import evaluate

_DESCRIPTION = """How many different words texts use: different words by words (falls with length), and its mean over
windows of fixed size (does not, so it compares texts of different lengths)."""

_INPUTS = """
Args:
    data (list of str): the texts.
    window (int): words in a window of the moving average; default 50.
Returns:
    type_token_ratio (float): mean over the texts.
    moving_average_type_token_ratio (float): mean over the texts.
    corpus_type_token_ratio (float): of all texts' words together.
    words (int): number of words in all texts.
Examples:
    >>> measurement = evaluate.load("./eval/type_token_ratio")
    >>> measurement.compute(data=["the cat saw the dog"])["type_token_ratio"]
    0.8
"""

_CITATION = """@article{covington2010cutting,
  title={Cutting the Gordian knot: the moving-average type-token ratio (MATTR)},
  author={Covington, Michael A. and McFall, Joe D.},
  journal={Journal of Quantitative Linguistics}, volume={17}, number={2}, pages={94--100}, year={2010}}"""


@evaluate.utils.file_utils.add_start_docstrings(_DESCRIPTION, _INPUTS)
class TypeTokenRatio(evaluate.Measurement):
    """See the description."""

    def _info(self):
        return evaluate.MeasurementInfo(
            module_type="measurement",
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features({"data": datasets.Value("string")}),
        )

    def _compute(self, data, window=50):
        from longctx_synth import metrics

        texts = [metrics.words(text) for text in data]
        moving = [metrics.moving_average_type_token_ratio(text, window) for text in texts]
        return {
            "type_token_ratio": sum(map(metrics.type_token_ratio, texts)) / len(texts),
            "moving_average_type_token_ratio": sum(moving) / len(texts),
            "corpus_type_token_ratio": metrics.type_token_ratio([word for text in texts for word in text]),
            "words": sum(map(len, texts)),
        }
