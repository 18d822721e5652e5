"""What the card says of the rows, counted while they stream to disk: a few integers a row, never a text."""

from __future__ import annotations

import json
import statistics
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from longctx_synth.metrics.lexical import moving_average_type_token_ratio, words
from longctx_synth.publish.parquet import CONVERSATIONS, Shard, kinds_of
from longctx_synth.records import VIEWS, Message, Record


@dataclass(slots=True)
class Lengths:
    """Token lengths of one split, one entry a row."""

    prompt: array[int] = field(default_factory=lambda: array("q"))
    completion: array[int] = field(default_factory=lambda: array("q"))
    total: array[int] = field(default_factory=lambda: array("q"))
    target: array[int] = field(default_factory=lambda: array("q"))


DIFFICULTIES = ("easy", "learnable", "hard", "unsolved", "suspected broken", "not measured")


def difficulty(rate: float | None, strong: float | None) -> str:
    """What two solve rates say of a row, one of DIFFICULTIES.

    A row that the strong model never solves is suspected broken; one that only the strong model solves is hard; without
    a strong model the two cannot be told apart, and a row that was never solved is just "unsolved".
    """
    if strong == 0:
        return "suspected broken"
    if rate is None:
        return "not measured"
    if rate == 0:
        return "unsolved" if strong is None else "hard"
    return "easy" if rate == 1 else "learnable"


# Answers whose vocabulary is measured: enough for two digits, little time at any N.
_MEASURED = 2_000


class Tally:
    """Counts over everything published in one go. `rows` is their number; the rest is read by `card.card`.

    withheld: views that are not offered although there are rows for them.
    """

    def __init__(self, withheld: Iterable[str] = ()) -> None:
        self.withheld = frozenset(withheld)
        self.rows = 0
        self.shards: list[Shard] = []
        self.lengths: dict[str, Lengths] = {}
        self.checks: dict[str, Counter[str]] = defaultdict(Counter)
        self.checks_a_row: Counter[int] = Counter()
        self.attempts: Counter[int] = Counter()
        self.repaired = 0
        self.repairs: Counter[str] = Counter()
        self.models: Counter[tuple[str, str]] = Counter()
        self.tokenizers: Counter[str] = Counter()
        self.rejected_because: Counter[str] = Counter()
        self.pairs: Counter[str] = Counter()
        self.pair_gaps = array("d")
        self.longest_pair = 0
        self.repaired_chosen = 0
        self.solved: dict[str, Counter[tuple[float | None, float | None]]] = defaultdict(Counter)
        self.noise: Counter[str] = Counter()
        self.documents: set[str] = set()
        self.scenarios: set[tuple[str, ...]] = set()
        self.combinations: set[tuple[str, ...]] = set()
        self.lexical = array("d")

    def counting(self, split: str, records: Iterable[Record]) -> Iterator[Record]:
        """Pass the records through, counting each."""
        for record in records:
            self.add(split, record)
            yield record

    def add(self, split: str, record: Record) -> None:
        """Count one record."""
        self.rows += 1
        lengths = self.lengths.setdefault(split, Lengths())
        lengths.prompt.append(record.prompt_tokens)
        lengths.completion.append(record.completion_tokens)
        lengths.total.append(record.tokens)
        lengths.target.append(record.target_tokens)
        names = [spec["check"] for spec in json.loads(record.checks)]
        self.checks[split].update(set(names))
        self.checks_a_row[len(names)] += 1
        self.attempts[record.attempts] += 1
        self.repaired += bool(record.repairs)
        self.repairs.update(record.repairs)
        self.models[record.model, record.endpoint_kind] += 1
        self.tokenizers[record.tokenizer] += 1
        self.solved[split][record.solve_rate, record.solve_rate_strong] += 1
        self.noise.update(record.noise)
        self.documents.update(record.documents)
        self.scenarios.add(tuple(record.scenario.values()))
        self.combinations.add(tuple(sorted(set(names))))
        if len(self.lexical) < _MEASURED and record.completion:
            self.lexical.append(moving_average_type_token_ratio(words(record.completion[-1]["content"])))
        if record.has_pair:
            self.pairs[split] += 1
            self.rejected_because[record.rejected_because.partition(":")[0]] += 1  # the source; what failed follows it
            self.repaired_chosen += bool(record.repairs) and record.chosen == record.completion
            chosen, rejected = _characters(record.chosen), _characters(record.rejected)
            self.pair_gaps.append(abs(chosen - rejected) / max(chosen, rejected, 1))
            self.longest_pair = max(self.longest_pair, record.prompt_tokens + _pair_tokens(record, chosen, rejected))

    def diversity(self) -> dict[str, float]:
        """What can be said of the rows' variety from one pass over them."""
        return {
            "different documents": len(self.documents),
            "different scenarios": len(self.scenarios),
            "different combinations of checks": len(self.combinations),
            f"answers' type-token ratio (windows of 50 words, {len(self.lexical):,} answers)": (
                statistics.fmean(self.lexical) if self.lexical else 0.0
            ),
        }

    def add_shard(self, shard: Shard) -> None:
        """Count a finished file."""
        self.shards.append(shard)

    @property
    def splits(self) -> list[str]:
        """The splits that have rows, in the order in which they were written."""
        return list(self.lengths)

    def kinds(self, split: str, view: str) -> list[str]:
        """The kinds of shards that `view` reads in `split` and that have rows."""
        return [kind for kind in kinds_of(view) if any(s.split == split and s.kind == kind for s in self.shards)]

    def view_rows(self, split: str, view: str) -> int:
        """How many rows `view` has in `split`."""
        kinds = kinds_of(view)
        return sum(shard.rows for shard in self.shards if shard.split == split and shard.kind in kinds)

    def difficulties(self, split: str) -> Counter[str]:
        """How many rows of `split` are of each difficulty."""
        found: Counter[str] = Counter()
        for rates, rows in self.solved[split].items():
            found[difficulty(*rates)] += rows
        return found

    def views(self) -> list[str]:
        """The views that are offered and have a row in some split, in the order of VIEWS, conversations last."""
        offered = [view for view in (*VIEWS, CONVERSATIONS) if view not in self.withheld]
        return [view for view in offered if any(self.kinds(split, view) for split in self.splits)]


def _characters(messages: list[Message]) -> int:
    return sum(len(message["content"]) for message in messages)


def _pair_tokens(record: Record, chosen: int, rejected: int) -> int:
    """Tokens of the longer answer of a pair, estimated on the safe side from the completion's tokens per character.

    The rejected answer was never counted; half as many tokens a character again covers answers of another texture.
    """
    rate = record.completion_tokens / max(_characters(record.completion), 1)
    return max(record.completion_tokens, round(1.5 * rate * max(chosen, rejected)))
