"""Hand-made records whose every promise holds, for the tests of publish, verify, push and the recipes."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
