"""The house as ARCHITECTURE.md draws it: every module belongs to a room, and a room imports only rooms above it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIBRARY = ROOT / "src" / "longctx_synth"
ROOMS = re.findall(r"^\| `(\w+)/?` \|", (ROOT / "ARCHITECTURE.md").read_text(), flags=re.M)


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("longctx_synth"):
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("longctx_synth.")}
    return found - {"__version__"}


def test_every_module_is_in_a_room():
    assert {path.relative_to(LIBRARY).parts[0].removesuffix(".py") for path in LIBRARY.rglob("*.py")} - {
        "__init__"
    } == set(ROOMS)


def test_imports_go_one_way():
    wrong = []
    for path in LIBRARY.rglob("*.py"):
        room = path.relative_to(LIBRARY).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        above = set(ROOMS[: ROOMS.index(room) + 1])
        wrong += [f"{path.relative_to(LIBRARY)} imports {other}" for other in imported_rooms(path) - above]
    assert not wrong
