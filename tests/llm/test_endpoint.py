"""A server is recognised by what it tells of itself; what is wrong with it is one sentence."""

from __future__ import annotations

import socket

import pytest
from aiohttp import web

from longctx_synth.errors import EndpointError, SettingsError
from longctx_synth.llm import endpoint as endpoints
from longctx_synth.llm.endpoint import EndpointInfo, api_key, describe, proxy, root, scrub, words
from tests.servers import Script, running


@pytest.mark.parametrize(
    ("kind", "window", "slots"),
    [("tgi", 2048, 128), ("vllm", 2048, None), ("llamacpp", 2048, 4), ("openai", None, None)],
)
async def test_each_kind_is_recognised(kind: str, window: int | None, slots: int | None) -> None:
    async with running(Script(kind=kind, model="org/model", window=2048)) as server:
        found = await describe(server.url + "/v1/")
        assert (found.kind, found.model, found.window, found.slots) == (kind, "org/model", window, slots)
        assert found.url == server.url
        assert "json_schema" in found.dialects
        assert (await describe(server.url, window=999)).window == 999


async def test_a_model_that_is_not_served_is_named_with_those_that_are() -> None:
    async with running(Script(models=9)) as server:
        assert (await describe(server.url)).model == ""
        assert (await describe(server.url, model="scripted-2")).model == "scripted-2"
        with pytest.raises(SettingsError, match=r"does not serve the model 'gpt'; it serves scripted, .*…"):
            await describe(server.url, model="gpt")


async def test_nothing_there() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(EndpointError, match=f"Nothing answers at the endpoint {url}.*--endpoint"):
            await describe(url)


async def test_a_server_that_hangs_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held, pytest.raises(EndpointError, match="no answer in time"):
        await describe(f"http://127.0.0.1:{held.getsockname()[1]}", timeout=0.2)


async def test_a_server_of_another_sort() -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>a page</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{any:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with pytest.raises(EndpointError, match=r"neither /info nor /v1/models.*status 200"):
        await describe(f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


@pytest.mark.parametrize("kind", ["tgi", "openai"])
async def test_a_missing_and_a_wrong_key(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(Script(kind=kind, key="sk-right")) as server:
        with pytest.raises(EndpointError, match=r"wants an API key.*LONGCTX_API_KEY"):
            await describe(server.url)
        monkeypatch.setenv("LONGCTX_API_KEY", "sk-wrong")
        with pytest.raises(EndpointError, match="refuses the API key") as caught:
            await describe(server.url)
        assert "sk-wrong" not in str(caught.value)
        monkeypatch.setenv("LONGCTX_API_KEY", "sk-right")
        assert (await describe(server.url)).model == "scripted"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://gpu:8080", "http://gpu:8080"),
        (" http://gpu:8080/ ", "http://gpu:8080"),
        ("http://gpu:8080/v1", "http://gpu:8080"),
        ("http://gpu:8080/v1/chat/completions", "http://gpu:8080"),
        ("https://api.groq.com/openai/v1/", "https://api.groq.com/openai"),
        ("http://[::1]:80/v1", "http://[::1]"),
    ],
)
def test_the_root_of_a_url(given: str, expected: str) -> None:
    assert root(given) == expected


@pytest.mark.parametrize("given", ["gpu:8080", "", "ftp://gpu", "http://", "http://gpu:port", "/v1"])
def test_what_is_no_url(given: str) -> None:
    with pytest.raises(SettingsError, match="URL"):
        root(given)


@pytest.mark.parametrize("given", ["http://me:sk-secret@gpu:8080/v1", "http://gpu:8080/v1?api_key=sk-secret"])
def test_a_key_in_the_url_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(SettingsError, match="LONGCTX_API_KEY") as caught:
        root(given)
    assert "secret" not in str(caught.value)


def test_a_token_goes_only_to_the_host_it_was_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    monkeypatch.setenv("OPENAI_API_KEY", "sk_x")
    assert api_key("https://router.huggingface.co") == "hf_x"
    assert api_key("https://abc.us-east-1.aws.endpoints.huggingface.cloud") == "hf_x"
    assert api_key("https://api.openai.com") == "sk_x"
    assert api_key("http://gpu:8080") is None
    assert api_key("https://huggingface.co.example.org") is None
    assert api_key("https://evil-huggingface.co") is None
    monkeypatch.setenv("LONGCTX_API_KEY", " any ")
    assert api_key("http://gpu:8080") == "any"


def test_the_key_is_scrubbed_from_what_servers_say() -> None:
    assert scrub("bad key sk-1 sk-1", "sk-1") == "bad key *** ***"
    assert scrub("fine", None) == "fine"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"error": {"message": "too long\n now"}}, "too long now"),
        ({"error": "Input validation error", "error_type": "validation"}, "Input validation error"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"object": "error", "message": "no such model"}, "no such model"),
        ("<html>" + "x" * 900, "<html>" + "x" * 494),
    ],
)
def test_the_server_s_own_words(reply: object, expected: str) -> None:
    assert words(reply) == expected


def test_proxies_are_the_environment_s_but_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert proxy("http://outside.example:80") == "http://proxy:3128"
    assert proxy("http://inside.example") is None
    assert proxy("http://127.0.0.1:8080") is None
    assert proxy("http://localhost:8080") is None


def test_openai_s_own_models_have_another_name_for_the_limit() -> None:
    from longctx_synth.llm.client import Request

    request = Request(b'{"model":"m"}', 5)
    assert request.tail(EndpointInfo("openai", "m", None, "https://api.openai.com")) == b',"max_completion_tokens":5}'
    assert request.tail(EndpointInfo("openai", "m", None, "http://gpu")) == b',"max_tokens":5}'


def test_the_windows_that_hosted_providers_tell() -> None:
    for name in ("max_model_len", "context_window", "context_length", "max_context_length"):
        found = endpoints._messages_api("http://x", [{"id": "m", name: 131072}], None, None, None)
        assert found.window == 131072
