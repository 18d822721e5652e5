"""For all tests: no network, no key of whoever runs them, and hypothesis that draws the same examples every time."""

from __future__ import annotations

import os

for _name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
for _name in ("LONGCTX_API_KEY", "HF_TOKEN", "OPENAI_API_KEY"):
    os.environ.pop(_name, None)

try:
    from hypothesis import settings
except ImportError:  # the light environment of the TGI client's tests may leave it out
    pass
else:
    settings.register_profile("same", derandomize=True, deadline=None, database=None)
    settings.load_profile("same")
