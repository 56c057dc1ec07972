"""What the caps will be once a command that was typed is done, as far as its words say."""

from __future__ import annotations

from cheaproute import money
from cheaproute.cap import periods
from cheaproute.cap.answers import messages
from cheaproute.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cheaproute.cap.state import State

_FIXED = ("--for-good", "--until-reset")


def limits(words: Sequence[str], state: State, uuid: str) -> dict[str, int]:
    """The limits in nano-dollars by period that `words` make, {} where they cannot be told.

    `uuid` is the session that `state` is of.
    """
    if len(words) < 3 or words[0] != "cap" or words[1] not in ("raise", "set"):
        return {}
    try:
        found = _sums(words[2:], state, uuid, adds=words[1] == "raise")
    except UsageError:
        return {}
    held = {name: at.limit for name, at in state.periods.items()}
    if words[1] == "set":
        return found
    return {name: (held[name] or 0) + nano for name, nano in found.items() if held.get(name)}


def _sums(words: Sequence[str], state: State, uuid: str, *, adds: bool) -> dict[str, int]:
    """The sums of `words` by the period that each is for.

    Raises:
        UsageError: a word is none that is known here.
    """
    rest = [word for word in words if word not in _FIXED]
    alone, found, named = 0, {}, []
    while rest:
        word = rest.pop(0)
        name = periods.WORDS.get(word.removeprefix("--"), "")
        if not name:
            alone = money.parse(word)
        elif adds and name == "session" and word.startswith("--"):
            whose = rest.pop(0) if rest and not rest[0].startswith("--") else uuid
            if whose != str(state.session_id) and not uuid.startswith(whose):
                return {}  # another one's
            named.append(name)
        elif word.startswith("--") and rest and money.is_amount(rest[0]):
            found[name] = money.parse(rest.pop(0))
        else:
            named.append(name)
    if found and not alone:
        return {**found, **dict.fromkeys(named, next(iter(found.values())))}
    unsaid = [at.name for at in messages.meant_unsaid(state)] if adds else ["month"]
    return {**found, **dict.fromkeys(named or (unsaid if not found else []), alone)}
