"""A paradigm for the tests of engine, journal and command line: two asks after another, no document."""

from __future__ import annotations

from longctx_synth.builder import Ask, Case, SynthBuilder
from longctx_synth.errors import Reject
from longctx_synth.records import Record, content_hash, prompt_hash, to_json


class Toy(SynthBuilder):
    paradigm = "toy"
    scenario_fields = ["topic"]

    async def make(self, case: Case, ask: Ask) -> list[Record]:
        topic = f"{case.rng.choice('abcdef')}{case.rng.randrange(10**6)}"
        question = [{"role": "user", "content": f"Split {case.split}, question {case.number}: tell me about {topic}."}]
        first = await ask(question, max_tokens=50)
        second = await ask([*question, {"role": "assistant", "content": first.text}, question[0]], max_tokens=50)
        if "ledger ledger" in second.text or case.rng.random() < 0.1:
            raise Reject("draft", "unlucky")
        return [record(self, case, ask, question, topic, second.text)]


def record(builder: SynthBuilder, case: Case, ask: Ask, prompt: list, topic: str, text: str) -> Record:
    completion = [{"role": "assistant", "content": text}]
    head, tail = builder.tokenizer.count_row(prompt, completion)
    return Record(
        id=case.row_id,
        prompt=prompt,
        completion=completion,
        checks=to_json([{"check": "word_count", "args": {"at_least": 1}}]),
        tokens=head + tail,
        paradigm=builder.paradigm,
        split=case.split,
        case=case.id,
        scenario={"topic": topic},
        documents=[content_hash(f"{case.split}{topic}")],
        target_tokens=head,
        prompt_tokens=head,
        completion_tokens=tail,
        tokenizer=builder.tokenizer.name,
        model=ask.model,
        endpoint_kind=ask.kind,
        prompt_hash=prompt_hash(prompt),
        seed=case.seed,
    )
