"""Prompt templates: Jinja2 files in a builder's `prompts/` folder, rendered in a sandbox.

An undefined variable or a broken template is a SettingsError that names the template and what is wrong; it is never
swallowed into an empty string that a model would then be paid to read.
"""

from __future__ import annotations

import functools
from pathlib import Path

from longctx_synth.errors import SettingsError


class Templates:
    """The templates of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @functools.cached_property
    def _environment(self):  # type: ignore[no-untyped-def]
        import jinja2
        from jinja2.sandbox import SandboxedEnvironment

        return SandboxedEnvironment(
            loader=jinja2.FileSystemLoader(self.folder),
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
