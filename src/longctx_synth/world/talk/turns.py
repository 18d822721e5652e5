"""Messages put together from pieces, each piece known: whose words, of which act, and whether it can be left out.

Spans are computed from the pieces, never searched for, so a piece can be worded anew or dropped at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from longctx_synth.world.talk.acts import Act
from longctx_synth.world.talk.matters import Topic

Mark = tuple[Act, int, int]


@dataclass(slots=True)
class Piece:
    """A stretch of a turn. joint: what stands between it and the piece before; marks: which acts stand where in it.

    loose: a remark that states nothing and can be left out.
    """

    text: str
    joint: str = " "
    marks: tuple[Mark, ...] = ()
    loose: bool = False


@dataclass(slots=True)
class Turn:
    """One message. model: whether a model wrote words of it."""

    role: str
    pieces: list[Piece] = field(default_factory=list)
    model: bool = False

    @property
    def text(self) -> str:
        """The message's content."""
        return "".join((piece.joint if place else "") + piece.text for place, piece in enumerate(self.pieces))

    def marks(self) -> Iterator[Mark]:
        """Where acts stand in the text."""
        at = 0
        for place, piece in enumerate(self.pieces):
            at += len(piece.joint) if place else 0
            yield from ((act, at + start, at + end) for act, start, end in piece.marks)
            at += len(piece.text)

    def add(self, text: str, joint: str = " ", act: Act | None = None, own: str = "", loose: bool = False) -> None:
        """Puts a piece behind what is there; `own`: the part of it that is the act's words, all of it by default."""
        start = text.index(own) if own else 0
        marks = ((act, start, start + len(own or text)),) if act is not None else ()
        self.pieces.append(Piece(text, joint, marks, loose))

    @property
    def joint(self) -> str:
        """What a remark is joined on with: a paragraph's end behind a table or a text that stands for itself."""
        if not self.pieces:
            return ""
        last = self.pieces[-1]
        apart = last.text.endswith("|") or any(act.kind == "version" for act, _, _ in last.marks)
        return "\n\n" if apart else " "

    def copy(self) -> Turn:
        """A turn with pieces of its own."""
        return Turn(self.role, list(self.pieces), self.model)


@dataclass(slots=True)
class Exchange:
    """A user's turn and its answer. acts: what is done in them, in order."""

    user: Turn
    assistant: Turn
    acts: list[Act]
    topic: Topic
