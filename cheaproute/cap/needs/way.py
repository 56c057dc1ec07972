"""How a session may go on."""

from __future__ import annotations


class Way:
    """What its commands are typed as, and what its next call may cost (`need`, nano-dollars).

    `command` is what the user's terminal knows us by, `session` what a command takes for the
    session; `turn`: it may have a next turn, else it is `once` (`claude -p`); `here`: a person may
    type it in the session itself.
    """

    __slots__ = ("command", "here", "need", "once", "session", "turn")

    def __init__(
        self,
        command: str = "cheaproute",
        session: str = "",
        *,
        need: int = 0,
        turn: bool = True,
        here: bool = False,
    ) -> None:
        self.command = command
        self.session = session
        self.need = need
        self.once = not turn
        self.turn = turn and bool(session)
        self.here = here
