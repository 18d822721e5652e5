"""The error vocabulary: every way in which a command, a case or a call can end other than well.

What is a person's to mend is a `LongctxError`: its text is one sentence that says what is wrong, where, and what to do,
and `exit_status` is what the command line returns. What is a draft's fault is a `Reject`: data, counted in the funnel,
never a crash. What is the endpoint's fault is an `EndpointError`: the case stays unsettled and is done later.
"""

from __future__ import annotations


class LongctxError(Exception):
    """Something a person must mend; str() is one sentence for them."""

    exit_status = 1


class SettingsError(LongctxError):
    """A flag, a setting or a file named by one is wrong."""

    exit_status = 2


class RunLockedError(LongctxError):
    """Another process holds the run directory."""

    exit_status = 3


class OtherSettingsError(LongctxError):
    """The run directory was made with other settings."""

    exit_status = 4


class StuckError(LongctxError):
    """The run cannot get on: too many tries without an acceptance. The text carries the funnel."""

    exit_status = 5


class EndpointError(LongctxError):
    """The endpoint cannot be used or does not answer; finished work is safe and the run can be resumed."""

    exit_status = 6


class RefusedError(EndpointError):
    """The endpoint refused this request for good (a 4xx that is not 408, 425 or 429); str() holds its own words."""


class WindowError(LongctxError):
    """A request would not fit the endpoint's context window; it was not sent."""

    exit_status = 7


class VerificationError(LongctxError):
    """A dataset on disk does not hold what it promises."""

    exit_status = 1


class Interrupted(LongctxError):
    """Stopped by the user; finished work is safe."""

    exit_status = 130


class Reject(Exception):
    """A case's own verdict on itself: this try gives no row. Counted in the funnel under stage and reason.

    stage: where it fell ("draft", "facts", "length", "duplicate", ...); reason: a short constant phrase, so that it counts.
    """

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(f"{stage}: {reason}")
        self.stage = stage
        self.reason = reason
