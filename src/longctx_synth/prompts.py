"""Prompt templates: Jinja2 files in a builder's `prompts/` folder, rendered in a sandbox.

An undefined variable or a broken template is a SettingsError that names the template and what is wrong; it is never
swallowed into an empty string that a model would then be paid to read.
"""

from __future__ import annotations

import functools
from pathlib import Path

from longctx_synth.errors import SettingsError
from longctx_synth.records import Message


class Templates:
    """The templates of one folder; a file of the same name in `over`, the user's own folder, wins.

    Raises SettingsError where `over` is no folder, or holds a template that `folder` does not have: a misspelt name would
    otherwise change nothing and say nothing.
    """

    def __init__(self, folder: Path, over: Path | None = None) -> None:
        self.folder, self.over = folder, over
        if over is not None:
            if not over.is_dir():
                raise SettingsError(f"--prompts {over}: there is no such folder.")
            known = sorted(file.name for file in folder.glob("*.j2"))
            own = sorted(file.name for file in over.glob("*.j2"))
            strange = [name for name in own if name not in known]
            if strange or not own:
                found = f"{strange[0]} is no template of this builder" if strange else "it holds no .j2 file"
                raise SettingsError(f"--prompts {over}: {found}; the templates are {', '.join(known)}.")

    @functools.cached_property
    def _environment(self):  # type: ignore[no-untyped-def]
        import jinja2
        from jinja2.sandbox import SandboxedEnvironment

        return SandboxedEnvironment(
            loader=jinja2.FileSystemLoader([*([self.over] if self.over else []), self.folder]),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
        )

    def render(self, name: str, **values: object) -> str:
        """The template `name` (a file name in the folder) with the values; surrounding blank lines removed."""
        import jinja2

        try:
            return self._environment.get_template(name).render(**values).strip()
        except jinja2.TemplateNotFound as error:
            raise SettingsError(f"Prompt template {error.name} is not in {self.folder.name}/.") from None
        except jinja2.UndefinedError as error:
            raise SettingsError(f"Prompt template {name}: {error.message}.") from None
        except jinja2.TemplateError as error:
            line = getattr(error, "lineno", None)
            raise SettingsError(f"Prompt template {name}{f', line {line}' if line else ''}: {error}.") from None

    def messages(self, name: str, **values: object) -> list[Message]:
        """The chat messages of a prompt: `name.system.j2` where there is one and it says something, then `name.user.j2`."""
        messages = []
        if (self.folder / f"{name}.system.j2").is_file():
            system = self.render(f"{name}.system.j2", **values)
            messages = [{"role": "system", "content": system}] if system else []
        return [*messages, {"role": "user", "content": self.render(f"{name}.user.j2", **values)}]
