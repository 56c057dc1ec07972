"""How a session may go on."""

from __future__ import annotations


class Way:
    """What its commands are typed as, and what its next call may cost (`need`, nano-dollars).

    `command` is what the user's terminal knows us by, `session` what a command takes for the
    session; `turn`: it may have a next turn, else it is `once` (`claude -p`); `here`: a person may
    type it in the session itself; `config` is the user's config.toml where a person may have no
    terminal for a command, else "".
    """

    __slots__ = ("command", "config", "here", "need", "once", "session", "turn")

    def __init__(
        self,
        command: str = "cheaproute",
        session: str = "",
        *,
        need: int = 0,
        turn: bool = True,
        here: bool = False,
        config: str = "",
    ) -> None:
        self.command = command
        self.config = config
        self.session = session
        self.need = need
        self.once = not turn
        self.turn = turn and bool(session)
        self.here = here
