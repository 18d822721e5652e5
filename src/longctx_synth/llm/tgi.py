"""TGI's native `/generate`, through the `text-generation` client (extra `tgi`), behind the same door as the Messages
API.

`NativeClient` is a `Client` that differs in one thing, how a single try is made, so limits, retries, replicas and the
journal are shared. The server's own chat template makes the prompt (`/chat_tokenize`), a JSON Schema becomes a
grammar, and the details give the finish reason and the number of tokens. What it has over the Messages API: TGI
counts the prompt before it generates, so a prompt that was cut shows at once.

The package needs huggingface_hub < 1.0, hence the extra; it is imported when a client is made, not before.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from longctx_synth.errors import RefusedError, SettingsError
from longctx_synth.llm.answer import Answer
from longctx_synth.llm.client import Again, Body, Client, Request
from longctx_synth.llm.endpoint import EndpointInfo, key_error, scrub

_FINISHED = {"eos_token": "stop", "stop_sequence": "stop"}


class NativeClient(Client):
    """A `Client` for TGI servers that generates over `/generate`. Takes what `Client` takes."""

    def __init__(self, endpoints: Sequence[EndpointInfo], **options: Any) -> None:
        super().__init__(endpoints, **options)
        for endpoint in self.endpoints:
            if endpoint.kind != "tgi":
                raise SettingsError(f"The endpoint {endpoint.url} is no TGI server (kind {endpoint.kind}).")
        try:
            self._package: Any = importlib.import_module("text_generation")
            self._types: Any = importlib.import_module("text_generation.types")
            self._errors: Any = importlib.import_module("text_generation.errors")
        except ImportError as error:
            raise SettingsError(
                "TGI's native interface needs the text-generation package; install it with: "
                "pip install 'longctx-synth[tgi]'"
            ) from error

    async def _try(self, number: int, request: Request) -> Answer:
        endpoint, key = self.endpoints[number], self._keys[number]
        content = msgspec.json.decode(request.shared)
        prompt, prompt_tokens = await self._template(number, content["messages"])
        temperature = content.get("temperature") or None  # TGI wants greedy decoding asked for by leaving it out.
        grammar = None
        if request.schema is not None:
            grammar = self._types.Grammar(type=self._types.GrammarType.Json, value=request.schema)
        client = self._package.AsyncClient(endpoint.url, headers=self._headers[number], timeout=self.timeout)
        errors = self._errors
        try:
            response = await client.generate(
                prompt,
                do_sample=temperature is not None,
                temperature=temperature,
                top_p=content.get("top_p"),
                max_new_tokens=request.max_tokens,
                seed=request.seed,
                stop_sequences=content.get("stop"),
                grammar=grammar,
            )
        except (errors.OverloadedError, errors.RateLimitExceededError) as error:
            raise Again("too many requests", overload=True, later=True) from error
        except (errors.ValidationError, errors.BadRequestError, errors.NotFoundError) as error:
            raise RefusedError(f"The endpoint {endpoint.url} refuses a request: {scrub(str(error), key)}") from error
        except (aiohttp.ContentTypeError, ValueError, IndexError, TypeError, KeyError) as error:
            raise Again("an answer that is not JSON of a generation") from error
        except TimeoutError as error:
            raise Again("no answer in time") from error
        except aiohttp.ClientConnectorError as error:
            raise Again(f"no connection ({error.os_error.strerror})", unreachable=True) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Again(f"the connection broke ({type(error).__name__})") from error
        except Exception as error:
            if not type(error).__module__.startswith("text_generation"):
                raise
            raise Again(f"{type(error).__name__}: {scrub(str(error), key)[:200]}") from error
        details = response.details
        finish = str(details.finish_reason.value)
        return Answer(
            text=response.generated_text,
            finish_reason=_FINISHED.get(finish, finish),
            prompt_tokens=prompt_tokens,
            completion_tokens=details.generated_tokens,
            model=endpoint.model,
        )

    async def _template(self, number: int, messages: list[dict[str, str]]) -> tuple[str, int]:
        """The prompt as the server's chat template makes it, and its number of tokens."""
        endpoint = self.endpoints[number]
        body = Body(msgspec.json.encode({"messages": messages}), b"}")
        status, reply, after = await self._post(number, URL(endpoint.url + "/chat_tokenize"), body)
        if status in (401, 403):
            raise RefusedError(key_error(endpoint.url, status, self._keys[number], ""))
        if status != 200:
            raise self._failure(number, status, reply, after)
        try:
            found = msgspec.json.decode(reply)
            return str(found["templated_text"]), len(found["tokenize_response"])
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            raise Again("an answer that is not JSON of a template") from error
