"""longctx-synth: synthetic long-context training data that is verified row by row.

The house is described in ARCHITECTURE.md; importing this package imports nothing else.
"""

__version__ = "0.1.0"
