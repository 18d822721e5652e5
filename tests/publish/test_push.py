"""What reaches the Hub is the verified dataset, nothing of the run; what goes wrong is one sentence."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub
import pytest
from datasets import load_dataset

from longctx_synth.errors import EndpointError, SettingsError, VerificationError
from longctx_synth.publish import publish, push

from ..hub_stand_in import TOKEN, HubStandIn
from .rows import SCENARIO, record, records


@pytest.fixture(autouse=True)
def online_without_xet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The suite runs offline; the stand-in is on this machine. Xet's own storage protocol is not part of the stand-in.
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    out = tmp_path / "verifiable_if"
    publish(out, {"train": records("train", 4), "test": records("test", 1)}, paradigm="p", scenario_fields=SCENARIO)
    for leftover in (".run/calls.sqlite", ".run/parts/a.parquet", "junk.tmp", "prompts/__pycache__/x.pyc"):
        (out / leftover).parent.mkdir(parents=True, exist_ok=True)
        (out / leftover).write_text("not for the Hub")
    (out / "prompts" / "write.j2").write_text("a template")
    return out


def test_push_sends_the_dataset_and_nothing_of_the_run(folder: Path, tmp_path: Path) -> None:
    with HubStandIn() as hub:
        address = push(folder, "me/rows", private=True, token=TOKEN, endpoint=hub.url)
        assert address.endswith("/datasets/me/rows")
        assert hub.private["me/rows"]
        assert "POST /api/validate-yaml" in hub.requests  # the client had the card's YAML looked at
        came = hub.repos["me/rows"]
    assert sorted(came) == [
        "README.md",
        "data/test-pairs-00000.parquet",
        "data/train-pairs-00000.parquet",
        "data/train-single-00000.parquet",
        "prompts/write.j2",
    ]
    for path, data in came.items():
        assert (folder / path).read_bytes() == data
        copy = tmp_path / "copy" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
    assert load_dataset(str(tmp_path / "copy"), "sft", cache_dir=str(tmp_path / "cache"))["train"].num_rows == 4


def test_pushing_again_deletes_shards_that_are_gone(folder: Path) -> None:
    with HubStandIn() as hub:
        push(folder, "me/rows", token=TOKEN, endpoint=hub.url)
        publish(folder, {"train": records("train", 3, pair_every=0)}, paradigm="p", scenario_fields=SCENARIO)
        push(folder, "me/rows", token=TOKEN, endpoint=hub.url)
        assert [path for path in sorted(hub.repos["me/rows"]) if path.startswith("data/")] == [
            "data/train-single-00000.parquet"
        ]


def test_a_dataset_with_problems_is_refused_before_anything_is_sent(folder: Path) -> None:
    broken = record("train", 9)
    broken.completion = [{"role": "assistant", "content": "No amount was approved."}]
    publish(folder, {"train": iter([broken])}, paradigm="p", scenario_fields=SCENARIO)
    with HubStandIn() as hub:
        with pytest.raises(VerificationError, match="train-00009: completion fails"):
            push(folder, "me/rows", token=TOKEN, endpoint=hub.url)
        assert hub.requests == []
        push(folder, "me/rows", token=TOKEN, endpoint=hub.url, unverified=True)
        assert "README.md" in hub.repos["me/rows"]


def test_an_unfinished_swap_is_neither_sent_nor_touched(folder: Path) -> None:
    half = folder / "data.new" / "train-single-00000.parquet"
    half.parent.mkdir()
    half.write_bytes(b"half a file")
    with HubStandIn() as hub:
        push(folder, "me/rows", token=TOKEN, endpoint=hub.url)
        assert not any("data.new" in path for path in hub.repos["me/rows"])
        assert half.exists()  # it may be a running build's
        (folder / "card.tmp").write_text("committed, not yet in its place")
        with pytest.raises(SettingsError, match="was cut off in it"):
            push(folder, "me/rows", token=TOKEN, endpoint=hub.url)


def test_no_token_says_what_to_do(folder: Path) -> None:
    with HubStandIn() as hub, pytest.raises(SettingsError, match=r"no Hub token; set HF_TOKEN .*hf auth login"):
        push(folder, "me/rows", endpoint=hub.url)
    assert hub.requests == []


@pytest.mark.parametrize("repo_id", ["", "a/b/c", "spaces are/not good", "me/rows.git", "-x/y"])
def test_a_bad_repository_id_is_refused(folder: Path, repo_id: str) -> None:
    with pytest.raises(SettingsError, match="not a repository id; give user/name"):
        push(folder, repo_id, token=TOKEN, endpoint="http://127.0.0.1:1")


def test_wrong_token_foreign_repository_broken_and_absent_hub_are_one_sentence(folder: Path) -> None:
    with HubStandIn() as hub, pytest.raises(SettingsError, match="does not know this token") as wrong:
        push(folder, "me/rows", token="hf_another_one", endpoint=hub.url)
    assert "hf_another_one" not in str(wrong.value)
    with HubStandIn(read_only=True) as hub, pytest.raises(SettingsError, match=r"may not write to 'me/rows'"):
        push(folder, "me/rows", token=TOKEN, endpoint=hub.url)
    with (
        HubStandIn(breaks_at="/commit/") as hub,
        pytest.raises(EndpointError, match=r"refused the upload.*out of order"),
    ):
        push(folder, "me/rows", token=TOKEN, endpoint=hub.url)
    with pytest.raises(EndpointError, match="cannot be reached"):
        push(folder, "me/rows", token=TOKEN, endpoint="http://127.0.0.1:9")


def test_a_folder_without_a_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not a folder"):
        push(tmp_path / "absent", "me/rows", token=TOKEN, endpoint="http://127.0.0.1:9")
    with pytest.raises(VerificationError, match="not a dataset"):
        push(tmp_path, "me/rows", token=TOKEN, endpoint="http://127.0.0.1:9")
