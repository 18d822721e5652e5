"""Templates: sandboxed, strict, overridable by path, never swallowed."""

from __future__ import annotations

import pytest

from longctx_synth.errors import SettingsError
from longctx_synth.prompts import Templates


@pytest.fixture
def folder(tmp_path):
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "ask.user.j2").write_text("{{ document }}\n\nTask: {{ task }}\n")
    (ours / "ask.system.j2").write_text("{% if strict %}Be exact.{% endif %}\n")
    return ours


def test_system_and_user_parts_make_messages(folder):
    templates = Templates(folder)
    assert templates.messages("ask", document="D", task="t", strict=True) == [
        {"role": "system", "content": "Be exact."},
        {"role": "user", "content": "D\n\nTask: t"},
    ]
    assert [m["role"] for m in templates.messages("ask", document="D", task="t", strict=False)] == ["user"]


def test_an_undefined_variable_is_an_error_that_names_template_and_variable(folder):
    with pytest.raises(SettingsError, match=r"ask\.user\.j2.*'task'"):
        Templates(folder).messages("ask", document="D", strict=True)


def test_a_broken_template_names_its_line(folder):
    (folder / "ask.user.j2").write_text("fine\n{% if %}\n")
    with pytest.raises(SettingsError, match=r"ask\.user\.j2, line 2"):
        Templates(folder).messages("ask", document="D", task="t", strict=True)


@pytest.mark.parametrize("attack", ["{{ ''.__class__.__mro__ }}", "{{ document.__init__.__globals__ }}"])
def test_a_template_reaches_no_python(folder, attack):
    (folder / "ask.user.j2").write_text(attack)
    with pytest.raises(SettingsError, match=r"ask\.user\.j2"):
        Templates(folder).render("ask.user.j2", document="D")


def test_what_stands_in_a_document_is_never_run(folder):
    told = Templates(folder).render("ask.user.j2", document="{{ 7 * 7 }} {% raw %}", task="t")
    assert told.startswith("{{ 7 * 7 }} {% raw %}")


def test_a_users_template_wins_and_the_others_stay(folder, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "ask.system.j2").write_text("Mine.")
    messages = Templates(folder, mine).messages("ask", document="D", task="t", strict=True)
    assert [message["content"] for message in messages] == ["Mine.", "D\n\nTask: t"]


def test_a_folder_that_overrides_nothing_is_refused(folder, tmp_path):
    with pytest.raises(SettingsError, match="no such folder"):
        Templates(folder, tmp_path / "nowhere")
    mine = tmp_path / "mine"
    mine.mkdir()
    with pytest.raises(SettingsError, match=r"no \.j2 file.*ask\.user\.j2"):
        Templates(folder, mine)
    (mine / "aks.user.j2").write_text("")
    with pytest.raises(SettingsError, match=r"aks\.user\.j2 is no template"):
        Templates(folder, mine)


def test_a_long_document_goes_through_whole(folder):
    document = "x" * 600_000
    assert len(Templates(folder).render("ask.user.j2", document=document, task="t")) == 600_009
