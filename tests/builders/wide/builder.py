"""A paradigm for the tests: four asks at once inside each case, two of them with the same content."""

from __future__ import annotations

import asyncio

from longctx_synth.builder import Ask, Case, SynthBuilder, load_builder
from longctx_synth.records import Record


class Wide(SynthBuilder):
    paradigm = "wide"
    scenario_fields = ["topic"]

    async def make(self, case: Case, ask: Ask) -> list[Record]:
        topic = f"w{case.rng.randrange(10**6)}"
        prompt = [{"role": "user", "content": f"Question {case.number} of {case.split}: tell me about {topic}."}]
        other = [{"role": "user", "content": f"And what else is there to say about {topic}?"}]
        answers = await asyncio.gather(ask(prompt), ask(prompt), ask(other), ask(prompt, max_tokens=9))
        text = " ".join(answer.text for answer in answers)
        toy = load_builder(str(self.folder.parent / "toy"))
        import sys

        return [sys.modules[toy.__module__].record(self, case, ask, prompt, topic, text)]
