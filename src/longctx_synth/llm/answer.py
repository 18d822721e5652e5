"""What a model answered, and the bytes that it is kept as in the journal."""

from __future__ import annotations

import msgspec


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer of a model.

    text: what it said, without role marks; may be empty.
    finish_reason: the server's word ("stop", "length", "eos_token", ...); "length" means that it was cut off.
    prompt_tokens, completion_tokens: the server's own counts, None where it gave none.
    model: the model's name as the server gave it.
    truncated: the server counted clearly fewer prompt tokens than it was sent: it dropped text silently. Don't use.
    cached: it came from the journal and was not paid for in this run of the process (not stored).
    """

    text: str
    finish_reason: str = "stop"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    model: str = ""
    truncated: bool = False
    cached: bool = False

    @property
    def finished(self) -> bool:
        """Whether the model came to an end by itself."""
        return self.finish_reason not in ("length", "max_tokens")


_decoder = msgspec.msgpack.Decoder(Answer)
_encode = msgspec.msgpack.Encoder().encode


def to_bytes(answer: Answer) -> bytes:
    """The answer as it is stored."""
    return _encode(answer)


def from_bytes(data: bytes) -> Answer | None:
    """A stored answer, marked as cached; None where the bytes are not one."""
    try:
        return msgspec.structs.replace(_decoder.decode(data), cached=True)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
