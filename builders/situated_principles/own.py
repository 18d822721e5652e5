"""The user's own inputs (`--queries`): a column of any dataset, dealt to the splits.

What always holds: each text once; which split it is in depends on the text and on the splits asked for, not on the file's
order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from longctx_synth.errors import SettingsError
from longctx_synth.records import content_hash
from longctx_synth.world import sources

SHARES = {"train": 80, "validation": 8, "test": 12}


@dataclass(frozen=True)
class Own:
    """The user's inputs. by_split: in the order of the slots; sha: of all that was read; dropped: left out for a crisis."""

    by_split: Mapping[str, list[str]]
    sha: str
    dropped: int


def read(named: str, wanted: Mapping[str, int], leave_out: Callable[[str], bool]) -> Own:
    """The inputs of a source, a row's worth for each slot. Raises SettingsError where there are too few."""
    try:
        found = dict.fromkeys(text.strip() for _, text in sources.find(named).texts(sources.Skipped()))
    except SettingsError as error:
        raise SettingsError(str(error).replace("--documents", "--queries")) from None
    kept = [text for text in found if not leave_out(text)]
    shares = [(split, SHARES[split]) for split in wanted]
    by_split: dict[str, list[str]] = {split: [] for split in wanted}
    for text in sorted(kept, key=lambda text: hashlib.sha256(text.encode()).digest()):
        by_split[_split_of(text, shares)].append(text)
    for split, count in wanted.items():
        if count > len(by_split[split]):
            raise SettingsError(
                f"--queries {named} has {len(by_split[split])} different inputs for {split}, and {count} rows are asked for."
            )
    return Own(by_split, content_hash("\0".join(sorted(found))), len(found) - len(kept))


def _split_of(text: str, shares: list[tuple[str, int]]) -> str:
    drawn = int.from_bytes(hashlib.sha256(b"split" + text.encode()).digest()[:8], "big") / 2**64
    place = drawn * sum(share for _, share in shares)
    for split, share in shares:
        place -= share
        if place < 0:
            return split
    return shares[-1][0]
