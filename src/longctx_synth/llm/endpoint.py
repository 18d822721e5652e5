"""What a server at a URL is: its kind, model and context window, and the API key that belongs to it.

`describe` asks what servers tell of themselves: `/info` (TGI), `/v1/models` (all others), `/props` (llama.cpp's
window). The key comes from the environment only: LONGCTX_API_KEY for any server; failing that HF_TOKEN for Hugging
Face's own hosts and OPENAI_API_KEY for api.openai.com, so that a token never goes to a host that it was not made for.
"""

from __future__ import annotations

import asyncio
import os
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from longctx_synth.errors import EndpointError, SettingsError
from longctx_synth.llm.dialects import DIALECTS

_PATHS = ("/v1/chat/completions", "/v1/completions", "/v1/models", "/v1", "/generate", "/info")
# Names under which servers and hosted providers tell the context window in /v1/models.
_WINDOWS = ("max_model_len", "context_window", "context_length", "max_context_length")


@dataclass(frozen=True, slots=True)
class EndpointInfo:
    """One server. url: its root, without `/v1`. window: tokens of prompt and answer together, None if not known.

    kind: tgi, vllm, sglang, llamacpp, openai or embedded. model: the name to ask for, "" if it serves several.
    slots: how many requests it can work on at once, None if it does not say. models: all names it serves.
    """

    kind: str
    model: str
    window: int | None
    url: str
    dialects: tuple[str, ...] = ("messages",)
    slots: int | None = None
    models: tuple[str, ...] = field(default=())


def root(url: str) -> str:
    """The URL that paths are appended to: `http://gpu:8080/v1/` -> `http://gpu:8080`. Raises SettingsError."""
    try:
        parsed = URL(url.strip())
    except ValueError as error:
        raise SettingsError(
            f"The endpoint {url!r} is not a URL ({error}); give one like http://localhost:8080."
        ) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise SettingsError(f"The endpoint {url!r} is not an http or https URL; give one like http://localhost:8080.")
    if parsed.user or parsed.password or parsed.query_string:
        clean = parsed.with_user(None).with_query(None).with_fragment(None)
        raise SettingsError(
            f"The endpoint's URL holds a user name, password or query; give {clean} and put the key into the "
            "environment variable LONGCTX_API_KEY."
        )
    text = str(parsed.with_fragment(None)).rstrip("/")
    for path in _PATHS:
        if text.endswith(path):
            return text[: -len(path)]
    return text


def api_key(url: str) -> str | None:
    """The key for this server from the environment (see the module's text), None where there is none."""
    if key := os.environ.get("LONGCTX_API_KEY", "").strip():
        return key
    host = URL(url).host or ""
    if host in ("huggingface.co", "hf.co") or host.endswith((".huggingface.co", ".hf.space", ".huggingface.cloud")):
        return os.environ.get("HF_TOKEN", "").strip() or None
    if host == "api.openai.com":
        return os.environ.get("OPENAI_API_KEY", "").strip() or None
    return None


def proxy(url: str) -> str | None:
    """The proxy that the environment names for this URL (HTTPS_PROXY, NO_PROXY, ...), None for none.

    Looked up once a run; aiohttp's trust_env does so in a thread for every request, and reads ~/.netrc.
    """
    parsed = URL(url)
    host = parsed.host or ""
    if host == "localhost" or host.startswith("127.") or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(parsed.scheme)


def headers(key: str | None) -> dict[str, str]:
    """The headers that carry the key."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def scrub(text: str, key: str | None) -> str:
    """`text` without the key, for messages: servers echo what they were sent."""
    return text.replace(key, "***") if key else text


def key_error(url: str, status: int, key: str | None, words: str) -> str:
    """The sentence for a 401 or 403."""
    what = "refuses the API key" if key else "wants an API key"
    said = f" ({scrub(words, key)})" if words else ""
    return f"The endpoint {url} {what}: status {status}{said}; set the environment variable LONGCTX_API_KEY."


async def describe(
    url: str,
    api_key: str | None = None,
    window: int | None = None,
    timeout: float = 10.0,
    model: str | None = None,
) -> EndpointInfo:
    """Ask the server at `url` what it is.

    api_key: None takes it from the environment. window, model: override what the server says of itself.
    timeout: seconds for each question. Raises EndpointError when nothing usable answers, SettingsError for a bad URL.
    """
    url = root(url)
    key = api_key or _key_from_environment(url)
    limits = aiohttp.ClientTimeout(total=timeout)
    via = proxy(url)
    async with aiohttp.ClientSession(timeout=limits, headers=headers(key)) as session:
        found = await asyncio.gather(*(_get(session, url + path, via) for path in ("/info", "/v1/models", "/props")))
    (info_status, info), (models_status, models), (_, props) = found
    if info_status == 200 and isinstance(info, dict) and "model_id" in info:
        return _tgi(url, info, window, model)
    if models_status == 200 and isinstance(models, dict) and isinstance(models.get("data"), list) and models["data"]:
        return _messages_api(url, models["data"], props, window, model)
    for status, words in ((models_status, models), (info_status, info)):
        if status in (401, 403):
            raise EndpointError(key_error(url, status, key, _words(words)))
    if info_status == models_status == 0:
        raise EndpointError(
            f"Nothing answers at the endpoint {url} ({scrub(str(models), key)}); start the server there or correct "
            "--endpoint."
        )
    # Hosted providers may not list models; with a model's name given they can be asked all the same.
    if model and models_status in (404, 405, 501):
        return EndpointInfo("openai", model, window, url, DIALECTS["openai"].names, None, (model,))
    status = models_status or info_status
    raise EndpointError(
        f"The server at {url} answers neither /info nor /v1/models as a model server does (status {status}); "
        "correct --endpoint, or name the --model."
    )


_key_from_environment = api_key


async def _get(session: aiohttp.ClientSession, url: str, via: str | None) -> tuple[int, Any]:
    """Status and JSON (or text) of a GET; status 0 and the reason when no answer came."""
    try:
        async with session.get(url, allow_redirects=False, proxy=via) as response:
            body = await response.read()
            try:
                return response.status, msgspec.json.decode(body)
            except msgspec.DecodeError:
                return response.status, body[:300].decode("utf-8", "replace")
    except TimeoutError:
        return 0, "no answer in time"
    except (aiohttp.ClientError, OSError) as error:
        return 0, str(error) or type(error).__name__


def _tgi(url: str, info: dict[str, Any], window: int | None, model: str | None) -> EndpointInfo:
    known = window or _integer(info.get("max_total_tokens"))
    name = model or str(info["model_id"])
    slots = _integer(info.get("max_concurrent_requests"))
    return EndpointInfo("tgi", name, known, url, DIALECTS["tgi"].names, slots, (str(info["model_id"]),))


def _messages_api(url: str, data: list[Any], props: Any, window: int | None, model: str | None) -> EndpointInfo:
    cards = [card for card in data if isinstance(card, dict) and card.get("id")]
    names = tuple(str(card["id"]) for card in cards)
    if model and model not in names and names:
        shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        raise SettingsError(f"The endpoint {url} does not serve the model {model!r}; it serves {shown}.")
    name = model or (names[0] if len(names) == 1 else "")
    card = next((card for card in cards if card["id"] == name), cards[0] if cards else {})
    owner = str(card.get("owned_by", "")).lower()
    slots = None
    if owner in ("vllm", "sglang"):
        kind = owner
    elif isinstance(props, dict) and "default_generation_settings" in props:
        kind = "llamacpp"
        settings = props["default_generation_settings"]
        window = window or (_integer(settings.get("n_ctx")) if isinstance(settings, dict) else None)
        slots = _integer(props.get("total_slots"))
    elif owner in ("llamacpp", "me"):  # llama.cpp's own server, and llama-cpp-python's.
        kind = "llamacpp"
    else:
        kind = "vllm" if "max_model_len" in card else "openai"
    for field_name in _WINDOWS:
        window = window or _integer(card.get(field_name))
    return EndpointInfo(kind, name, window, url, DIALECTS[kind].names, slots, names)


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _words(reply: Any) -> str:
    """What a server says is wrong, from the shapes that servers use; at most 500 characters."""
    if isinstance(reply, dict):
        reply = reply.get("error", reply.get("detail", reply.get("message", reply)))
        if isinstance(reply, dict):
            reply = reply.get("message", reply)
    return " ".join(str(reply).split())[:500]


words = _words
