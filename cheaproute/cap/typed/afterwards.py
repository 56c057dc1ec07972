"""What the caps will be once a command that was typed is done, as far as its words say."""

from __future__ import annotations

from cheaproute import money
from cheaproute.cap.typed import amounts, words
from cheaproute.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cheaproute.cap.state import State

_FIXED = ("--for-good", "--until-reset")


def limits(command: Sequence[str], state: State, uuid: str, need: int = 0) -> dict[str, int]:
    """The limits in nano-dollars by period that `command` makes, {} where they cannot be told.

    `uuid` is the session that `state` is of, `need` what its next call may cost (nano-dollars).
    """
    if len(command) < 3 or command[0] != "cap":
        return {}
    try:
        action, *said = words.in_options(command[1:])
        usd, named = _options(said)
        if action == "set":
            return amounts.limits(usd, **named)
        if action != "raise" or not _is_of(named.get("session"), state, uuid):
            return {}
        found = amounts.raises(usd, **named)
        found = found or dict.fromkeys(amounts.meant(state, need), money.parse(usd or ""))
    except (TypeError, UsageError):  # an option that there is not; a word that says nothing here
        return {}
    held = {name: at.limit for name, at in state.periods.items()}
    return {name: (held[name] or 0) + nano for name, nano in found.items() if held.get(name)}


def _options(said: Sequence[str]) -> tuple[str | None, dict[str, str]]:
    """The word without an option, and the words by option, "" where one has none."""
    usd, named = None, {}
    rest = [word for word in said if word not in _FIXED]
    while rest:
        word = rest.pop(0)
        name, _, value = word.removeprefix("--").partition("=")
        if not word.startswith("--"):
            usd = word
        elif not value and rest and not rest[0].startswith("--"):
            named[name] = rest.pop(0)
        else:
            named[name] = value
    return usd, named


def _is_of(whose: str | None, state: State, uuid: str) -> bool:
    """Whether the session named, if any, is this one."""
    return not whose or whose == str(state.session_id) or uuid.startswith(whose)
