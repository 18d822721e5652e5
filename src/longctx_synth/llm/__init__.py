"""Asking language models: `ask` is the only door, over HTTP's Messages API, journaled; the default model comes along.

`describe` tells what a server is, `Client` sends with patience and adaptive concurrency, `Asker` makes the `Ask` of
each case and replays what was paid for, `serve` starts the embedded model.
"""

from longctx_synth.llm.answer import Answer
from longctx_synth.llm.ask import Ask, Asker, Usage
from longctx_synth.llm.client import Client
from longctx_synth.llm.embedded import serve
from longctx_synth.llm.endpoint import EndpointInfo, describe

__all__ = ["Answer", "Ask", "Asker", "Client", "EndpointInfo", "Usage", "describe", "serve"]
