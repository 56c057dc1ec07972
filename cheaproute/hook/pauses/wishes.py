"""What the user wants of compactions and pauses: the section `plan` of the settings."""

from __future__ import annotations

from cheaproute.config import reader

# Past this the client has to compact, whatever anybody wants. Tokens.
FULL = 900_000


class Wishes:
    """The settings that matter here."""

    __slots__ = ("author", "cold", "cold_tokens", "task", "window")

    def __init__(self, settings: dict[str, object]) -> None:
        self.window = reader.whole(settings, "plan.window_tokens")
        self.cold = reader.text(settings, "plan.cold_return")
        self.cold_tokens = reader.whole(settings, "plan.cold_tokens")
        self.task = reader.whole(settings, "plan.task_tokens")
        self.author = reader.text(settings, "plan.handover")
