"""The user's own texts: read, cleaned, without duplicates, dealt to splits, and cut into windows of a wanted length.

A corpus is files of text, and rows of tables, each of which counts as a file (`sources`). Cleaning joins hard-wrapped
lines and drops what is no prose (tables, rules, art). A paragraph that stood in an earlier file is dropped; a file most
of whose word shingles stand in an earlier one is dropped whole. Splits share no text: whole files are dealt by hash
while there are enough of them, else each file is cut into one region a split. Windows are whole sentences of one region
in reading order; where the regions of a split are short, a window goes on in the next one. Other indices give other
windows, at other starts, for as long as there is text, and again at other offsets after that.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random

from longctx_synth.errors import SettingsError
from longctx_synth.world.document import Document, Section
from longctx_synth.world.sources import Skipped, find
from longctx_synth.world.texts import WORDS, Passage, clean, mark, shingles, words_of

Count = Callable[[str], int]
log = logging.getLogger("longctx_synth")
SHARES = {"train": 0.8, "validation": 0.08, "test": 0.12}
# Below this many words a paragraph may recur (headings, refrains) without being a copy.
_COPY_WORDS = 12
_NEAR = 0.8


@dataclass(slots=True)
class Corpus:
    """Passages by split. Make one with `load`.

    dropped: copies by kind; skipped: texts that could not be used, by reason.
    """

    path: str
    files: list[list[Passage]]
    dropped: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    _splits: dict[tuple[tuple[str, float], ...], dict[str, list[Passage]]] = field(default_factory=dict)
    _sizes: dict[tuple[int, Count], list[list[int]]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: str | Path) -> Corpus:
        """The same as `load`."""
        return load(path)

    def split(self, split: str, shares: Mapping[str, float] | None = None) -> list[Passage]:
        """The passages of one split. Raises SettingsError for a split without a share."""
        shares = {name: share for name, share in (shares or SHARES).items() if share > 0}
        if split not in shares:
            raise SettingsError(f"There is no share of the texts for the split {split!r}: shares are {dict(shares)}.")
        key = tuple(shares.items())
        if key not in self._splits:
            self._splits[key] = _deal(self.files, shares)
        return self._splits[key][split]

    def tokens(self, split: str, count: Count, shares: Mapping[str, float] | None = None) -> int:
        """How many tokens a split has, by paragraphs."""
        return sum(count(" ".join(passage.sentences) + "\n\n") for passage in self.split(split, shares))

    def shares_for(self, wanted: Mapping[str, int], tokens: int, count: Count) -> dict[str, float]:
        """Shares of the texts for the splits that are wanted (rows by split), so that each can hold a document.

        By rows, but none less than 1.6 documents. Raises SettingsError where the texts are too small for all of them.
        """
        wanted = {split: rows for split, rows in wanted.items() if rows > 0}
        passages = [passage for file in self.files for passage in file]
        total = sum(count(" ".join(passage.sentences) + "\n\n") for passage in passages)
        least = 1.6 * tokens / max(1, total)
        if least * len(wanted) > 1:
            raise SettingsError(
                f"The texts in {self.path} are too small: they hold {total:,} tokens, and documents of {tokens:,} tokens "
                f"for {len(wanted)} splits need {round(1.6 * tokens * len(wanted)):,}; add texts or ask for a smaller --tokens."
            )
        spare = 1 - least * len(wanted)
        rows = sum(wanted.values())
        return {split: least + spare * number / rows for split, number in wanted.items()}

    def window(
        self, split: str, index: int, tokens: int, count: Count, *, shares: Mapping[str, float] | None = None
    ) -> Document:
        """The `index`th window of `tokens` tokens (within 1 % or 8): the same for the same arguments.

        Raises SettingsError where the split has fewer tokens than one window needs.
        """
        passages = self.split(split, shares)
        sizes = self._sizes_of(passages, count)
        total = sum(sum(size) for size in sizes)
        if total < tokens:
            raise SettingsError(
                f"The texts in {self.path} are too small for the split {split!r}: it has {total:,} tokens and a "
                f"document needs {tokens:,}; add texts or ask for a smaller --tokens."
            )
        for attempt in range(24):
            start = _start(sizes, index, tokens, attempt)
            document = _cut(passages, sizes, start, tokens, count)
            if document is not None:
                document.seed = f"{split}/{index}"
                return document
        raise SettingsError(
            f"No stretch of the texts in {self.path} comes to {tokens:,} tokens in whole sentences for the split "
            f"{split!r}; ask for a larger --tokens or add texts with shorter sentences."
        )

    def windows(
        self, split: str, tokens: int, count: Count, n: int, *, shares: Mapping[str, float] | None = None
    ) -> list[Document]:
        """The first `n` windows of a split."""
        return [self.window(split, index, tokens, count, shares=shares) for index in range(n)]

    def _sizes_of(self, passages: list[Passage], count: Count) -> list[list[int]]:
        # By the list, since other shares deal other passages (they are all kept, so an id is not used twice).
        key = (id(passages), count)
        if key not in self._sizes:
            self._sizes[key] = [[count(" " + sentence) for sentence in passage.sentences] for passage in passages]
        return self._sizes[key]


def load(path: str | Path) -> Corpus:
    """Reads a file, all files below a folder, or a dataset's text column: `PATH_OR_ID` or `PATH_OR_ID:COLUMN`.

    Texts that cannot be used are skipped, with one warning that counts them by reason. Raises SettingsError with one
    sentence on what is wrong, also where nothing is left.
    """
    source = find(path)
    skipped = Skipped()
    files: list[list[Passage]] = []
    dropped: Counter[str] = Counter()
    seen_texts: set[bytes] = set()
    seen: set[int] = set()
    for name, text in source.texts(skipped):
        passages = clean(text, name)
        if not passages:
            skipped.add("without a whole sentence", name)
            continue
        digest = hashlib.sha256(" ".join(" ".join(words_of(passage)) for passage in passages).encode()).digest()
        marks_of = [shingles(words_of(passage)) for passage in passages]
        whole = set().union(*marks_of)
        if digest in seen_texts:
            dropped["same text"] += 1
            continue
        # Containment, not resemblance: a short copy inside a long text counts too.
        if len(whole & seen) > _NEAR * len(whole):
            dropped["nearly the same text"] += 1
            continue
        seen_texts.add(digest)
        kept = []
        for passage, marks in zip(passages, marks_of, strict=True):
            if len(words_of(passage)) >= _COPY_WORDS and len(marks & seen) > _NEAR * len(marks):
                dropped["same or nearly the same paragraph"] += 1
                continue
            seen |= marks
            kept.append(passage)
        if kept:
            files.append(kept)
    if not files:
        reasons = f": {skipped}" if skipped.counts else ""
        raise SettingsError(f"The texts in {source.name} hold no sentences that could be used{reasons}.")
    if skipped.counts:
        log.warning(f"--documents {source.name}: {skipped.counts.total():,} texts were skipped: {skipped}.")
    return Corpus(source.name, files, dict(dropped), dict(skipped.counts))


def _weight(passages: list[Passage]) -> int:
    return sum(len(sentence) + 1 for passage in passages for sentence in passage.sentences)


def _deal(files: list[list[Passage]], shares: Mapping[str, float]) -> dict[str, list[Passage]]:
    """Whole files where there are at least ten and none is too big for its split; else every file is cut into
    regions.
    """
    scale = sum(shares.values())
    total = sum(map(_weight, files))
    dealt: dict[str, list[Passage]] = {split: [] for split in shares}
    smallest = min(shares.values()) / scale * total
    if len(files) >= 10 and max(map(_weight, files)) <= smallest:
        by_hash = sorted(files, key=lambda passages: mark([passages[0].source, *passages[0].sentences]))
        for passages in by_hash:
            needy = max(shares, key=lambda split: shares[split] / scale * total - _weight(dealt[split]))
            dealt[needy] += passages
        return dealt
    for passages in files:
        weight = _weight(passages)
        position = 0.0
        bounds = []
        for share in shares.values():
            position += share / scale * weight
            bounds.append(position)
        at = 0
        for passage in passages:
            middle = at + _weight([passage]) / 2
            at += _weight([passage])
            split = next(
                (name for name, bound in zip(shares, bounds, strict=True) if middle <= bound), list(shares)[-1]
            )
            dealt[split].append(passage)
    return dealt


def _start(sizes: list[list[int]], index: int, tokens: int, attempt: int) -> tuple[int, int]:
    """Passage and sentence where a window begins: side by side while there is text, then shifted by the golden ratio
    of a window.
    """
    total = sum(sum(size) for size in sizes)
    fresh = max(1, total // (tokens + tokens // 20 + 8))
    lap, place = divmod(index, fresh)
    offset = (place * (total // fresh) + int(lap * 0.618034 * tokens) + attempt * 37 * (1 + tokens // 2000)) % total
    for number, size in enumerate(sizes):
        for sentence, tokens_here in enumerate(size):
            if offset < tokens_here:
                # Never the second half of a paragraph where its beginning is near.
                return (number, 0) if sentence <= 2 else (number, sentence)
            offset -= tokens_here
    return (0, 0)


def _cut(
    passages: list[Passage], sizes: list[list[int]], start: tuple[int, int], tokens: int, count: Count
) -> Document | None:
    """A window from `start` on, around the end if need be; None where whole sentences miss the length."""
    tolerance = max(8, tokens // 100)
    picked: list[tuple[int, int]] = []
    used = 0
    number, sentence = start
    for _ in range(sum(map(len, sizes))):
        if sentence >= len(sizes[number]):
            number, sentence = (number + 1) % len(sizes), 0
            used += 1
        picked.append((number, sentence))
        used += sizes[number][sentence]
        sentence += 1
        if used >= tokens:
            break
    for _ in range(12):
        document = _assemble(passages, picked)
        gap = tokens - count(document.text)
        if abs(gap) <= tolerance:
            return document
        if gap < 0:
            # The last sentences go; where that takes too much, the next tries put a shorter one in.
            while picked and gap < 0:
                number, sentence = picked.pop()
                gap += sizes[number][sentence]
        else:
            number, sentence = picked[-1] if picked else start
            number, sentence = (
                (number, sentence + 1) if sentence + 1 < len(sizes[number]) else ((number + 1) % len(sizes), 0)
            )
            # The nearest following paragraphs from whose beginning a run of sentences fills the gap.
            for step in range(60):
                at = (number + step) % len(sizes)
                first = sentence if step == 0 else 0
                run = 0
                for stop in range(first, len(sizes[at])):
                    run += sizes[at][stop]
                    if abs(gap - run) <= max(3, tolerance // 2) or (step == 0 and run < gap):
                        if abs(gap - run) <= max(3, tolerance // 2):
                            break
                    elif run > gap:
                        run = -1
                        break
                else:
                    run = -1
                if run > 0 and not any(pick[0] == at and pick[1] >= first for pick in picked):
                    picked += [(at, index) for index in range(first, stop + 1)]
                    break
            else:
                return None
        if not picked:
            return None
    return None


def _assemble(passages: list[Passage], picked: list[tuple[int, int]]) -> Document:
    pieces: list[str] = []
    length = 0
    document = Document("corpus", "", "", "")
    sections: list[tuple[str, int]] = []
    last = (-2, -2)
    for number, index in picked:
        passage = passages[number]
        if not pieces:
            joint = ""
        elif number == last[0] and index == last[1] + 1:
            joint = " "
        else:
            joint = "\n\n"
        pieces.append(joint)
        length += len(joint)
        name = passage.heading or passage.source
        if not sections or sections[-1][0] != name:
            sections.append((name, length))
        text = passage.sentences[index]
        pieces.append(text)
        document.sentences.append((length, length + len(text)))
        length += len(text)
        last = (number, index)
    document.text = "".join(pieces)
    stops = [start for _, start in sections[1:]] + [length]
    document.sections = [Section(name, start, stop) for (name, start), stop in zip(sections, stops, strict=True)]
    document.title = sections[0][0] if sections else ""
    return document


def distinct_sentences(document: Document, rng: Random, n: int) -> list[tuple[str, str]]:
    """Up to `n` pairs (sentence, key): informative sentences of 8-40 words, each with a key that stands in no other.

    The key is a number, a rare word or two words in a row; it stands in exactly one sentence of the document,
    whatever its case.
    """
    texts = document.quotes()
    words = [WORDS.findall(text) for text in texts]
    lowered = [[word.casefold() for word in row] for row in words]
    seen = Counter(key for row in lowered for key in set(row))
    pairs = Counter(key for row in lowered for key in {f"{a} {b}" for a, b in pairwise(row)})
    whole = document.text.casefold()
    found: list[tuple[str, str]] = []
    order = list(range(len(texts)))
    rng.shuffle(order)
    for number in order:
        if len(found) >= n:
            break
        text = texts[number]
        size = len(text.split())
        if not 8 <= size <= 40 or text[-1] not in ".!?" or text.count('"') or "“" in text or not text[0].isupper():
            continue
        keys = [word for word in words[number] if len(word) > 4 and seen[word.casefold()] == 1]
        keys += [word for word in words[number] if word.isdigit() and len(word) > 1 and seen[word] == 1]
        if not keys:
            keys = [
                f"{a} {b}"
                for a, b in pairwise(words[number])
                if len(a) > 3 and len(b) > 3 and pairs[f"{a.casefold()} {b.casefold()}"] == 1 and f"{a} {b}" in text
            ]
        # As a plain string too: "act" stands in "practice", and a reader's search would find both.
        keys = [key for key in keys if whole.count(key.casefold()) == 1]
        if keys:
            found.append((text, rng.choice(keys)))
    return found
