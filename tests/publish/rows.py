"""Hand-made records that keep every promise `verify` knows, without a model and without a builder."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator

from longctx_synth.records import Evidence, Record, content_hash, prompt_hash, to_json

SCENARIO = ["domain", "persona"]
CHAT_SCENARIO = ["topic", "chat"]
_FILLER = "the river bridge council report notes that inspection of old timber work was delayed until spring"
_WORDS = _FILLER.split(" ")


def count(text: str) -> int:
    """A token count for tests: words."""
    return len(text.split())


def record(split: str, number: int, *, words: int = 120, pair: bool = True) -> Record:
    """One true record: a document with an amount in it, a question, an answer that states the amount."""
    rng = random.Random(f"{split}-{number}-{words}")
    amount = f"{rng.randrange(1_000, 9_999):,}.{number:02d} euros"
    filler = " ".join(rng.choice(_WORDS) for _ in range(words))
    half = len(filler) // 2
    fact = f" For the {split} depot {number} the council approved {amount}. "
    document = f"Report {split} {number}. {filler[:half]}{fact}{filler[half:]}."
    prompt = [{"role": "user", "content": f"{document}\n\nWhich amount was approved for the depot?"}]
    start = prompt[0]["content"].index(amount)
    answer = f"The council approved {amount} for it, as the report on the depot says."
    checks = to_json([{"check": "facts_mentioned", "args": {"facts": [{"name": "the amount", "forms": [amount]}]}}])
    assistant = [{"role": "assistant", "content": answer}]
    wrong = [{"role": "assistant", "content": answer.replace(amount, "7,000,000 euros")}]
    prompt_tokens, completion_tokens = count(prompt[0]["content"]), count(answer)
    return Record(
        id=f"{split}-{number:05d}",
        prompt=prompt,
        completion=assistant,
        chosen=assistant if pair else [],
        rejected=wrong if pair else [],
        rejected_because="a failed attempt" if pair else "",
        checks=checks,
        answer=amount,
        tokens=prompt_tokens + completion_tokens,
        paradigm="verifiable_if",
        split=split,
        case=f"{split}/{number}/0",
        scenario={"domain": "public works", "persona": "a clerk"},
        documents=[content_hash(document)],
        entities=[content_hash(f"{split} depot {number}")],
        evidence=[Evidence(0, 0, start, start + len(amount), amount)],
        target_tokens=prompt_tokens,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        tokenizer="words@0",
        model="smollm2-135m-instruct",
        endpoint_kind="embedded",
        prompt_hash=prompt_hash(prompt),
        seed=number,
    )


def records(split: str, n: int, *, words: int = 120, pair_every: int = 2) -> Iterator[Record]:
    """`n` records of a split; every `pair_every`-th has a pair (0: none)."""
    for number in range(n):
        yield record(split, number, words=words, pair=bool(pair_every) and number % pair_every == 0)


def conversation(split: str, number: int, *, turns: int = 3, words: int = 12, whole: bool = True) -> list[Record]:
    """The rows of one conversation, a row each turn from the second on; the last one is marked where it is `whole`."""
    rng = random.Random(f"{split}-{number}")
    amount = f"{rng.randrange(1_000, 9_999):,}.{number:02d} euros"
    system = [{"role": "system", "content": "You keep the accounts."}] if number % 2 else []
    history = [
        {"role": "user", "content": f"The {split} depot {number} may cost {amount}."},
        {"role": "assistant", "content": f"Noted: {amount} for the depot."},
    ]
    rows = []
    for turn in range(1, turns):
        filler = " ".join(rng.choice(_WORDS) for _ in range(words))
        prompt = [*system, *history, {"role": "user", "content": f"{filler.capitalize()}. What may it cost?"}]
        answer = [{"role": "assistant", "content": f"It may cost {amount}, as you said in turn {turn}."}]
        history += [prompt[-1], *answer]
        heard = sum(count(message["content"]) for message in prompt)
        said = count(answer[0]["content"])
        facts = [{"name": "the amount", "forms": [amount]}]
        base = record(split, 100 * number + turn, pair=False)
        rows.append(
            dataclasses.replace(
                base,
                prompt=prompt,
                completion=answer,
                checks=to_json([{"check": "facts_mentioned", "args": {"facts": facts}}]),
                answer=amount,
                tokens=heard + said,
                paradigm="multi_turn",
                scenario={"topic": "accounts", "chat": "yes" if whole and turn == turns - 1 else "no"},
                documents=[content_hash(f"{split} conversation {number}")],
                evidence=[],
                target_tokens=heard,
                prompt_tokens=heard,
                completion_tokens=said,
                prompt_hash=prompt_hash(prompt),
            )
        )
    return rows
