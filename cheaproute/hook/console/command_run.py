"""`command.run`: `/costs` and `/cheaproute` as commands of the client, for the person alone."""

from __future__ import annotations

import os

from cheaproute import money
from cheaproute.cap import periods, wording
from cheaproute.cap import state as states
from cheaproute.cap.answers import messages, refused
from cheaproute.cap.typed import afterwards
from cheaproute.config import paths
from cheaproute.hook import answer as texts
from cheaproute.hook.console import mistyped, typed
from cheaproute.ledger.module import seats
from cheaproute.report.terminal import command, draw, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.state import State
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


MARGIN = 6  # what the client itself puts beside a command's text
OURS = "cheaproute \N{MIDDLE DOT} "  # the client names us before it


def answer(event: Event, context: Context, session: int) -> Answer:
    """The text that the command prints."""
    from cheaproute.hook import history

    history.begin_late(context)
    context.attempt("caps", context.sync_caps, None)
    if event.prompt:  # typed without a slash; what is none of ours goes on to the model
        room = size.columns(context.env, size.BESIDE_ROW, context.client_pid)
        return _typed(event, context, session, room)
    words = event.text("args").split()
    told = event.raw.get("columns")
    columns = max(20, told - MARGIN) if type(told) is int else draw.WIDTH
    bare = event.text("command") != "cheaproute"
    optioned = any(word.startswith("--") for word in words)
    if not optioned and (bare or not words or words[0] == "costs"):
        text = command.answer(
            " ".join(words[1:] if words[:1] == ["costs"] else words),
            context.ledger,
            context.now_ms,
            settings=context.settings,
            prices=context.prices,
            look=draw.Look(columns),
            plan=context.subscription,
            warns=context.at_cap == "warn",
            cwd=event.cwd,
            session=event.session,
            home=paths.home(context.env),
        )
        if not text.startswith(OURS) and "  " not in text:  # prose: it begins behind our name
            text = "\n".join(draw.fill(" ".join(text.split()), max(20, columns - len(OURS))))
        return {"text": text.removeprefix(OURS) + _holds(context, session)}
    event.raw["prompt"] = f"cheaproute {'costs ' if bare else ''}{event.text('args')}"
    found = _typed(event, context, session, columns)
    return found or {
        "text": mistyped.line(["costs", *words] if bare else words, paths.command(context.env))
    }


# A digit would be taken for the number of a choice; these are none of the keys that move in a list
# (j, k, n, p), nor look like another or make a word.
_LETTERS = "bcdfghmrstvwxz"


def _typed(event: Event, context: Context, session: int, columns: int) -> Answer:
    """What a typed command prints, {} for none; where it was refused, how a person may allow it."""
    state = states.state(context.ledger, session, context.now_ms)
    said = typed.said(event, context, columns=columns, module=True)
    if said is None:
        return {}
    refused = messages.ONLY_YOU in said and event.raw.get("confirmed") is not True
    asks = refused and event.text("origin") == "composer"
    if asks:
        wording.bound(context.ledger, state.periods.values())
    return {"text": _bare(said), **(_dialog(event, context, state) if asks else {})}


def _dialog(event: Event, context: Context, state: State) -> Answer:
    """A question that neither Enter nor anybody's hook can say yes to: by a code of this time."""
    code = "".join(_LETTERS[byte % len(_LETTERS)] for byte in os.urandom(4))
    held = {
        at.name: f"{periods.ADJECTIVES[at.name]} cap {wording.amounts(at)}"
        for at in state.periods.values()
        if at.limit is not None
    }
    blocks = context.at_cap == "block"
    need = refused.need(context.ledger, state.session_id, state.now_ms) if blocks else 0
    then = afterwards.limits(typed.split(event.prompt) or [], state, event.session, need)
    heading = ", ".join(
        said + (f" -> {money.exact(then[name])}" if name in then else "")
        for name, said in held.items()
    )
    now = f"Now: {heading}. " if held else ""
    return {
        "question": f"{now}Allow more by `{event.prompt.strip()}`?",
        "header": "cheaproute",
        "options": ["Leave it as it is", "Not now"],
        "hint": f"To allow it, choose Type something and type {code}",
        "code": code,
        "unchanged": f"Left as it is: {', '.join(held.values())}." if held else "Left as it is.",
        "wrong": "That was not the code above the question: nothing was changed.",
        "instead": "Typed instead, and not sent to Claude: ",
    }


def _bare(said: str) -> str:
    """What was said without the sign that tells it from a user's words: no model reads it."""
    return said.removeprefix(texts.TAG).lstrip().removeprefix(OURS).removeprefix("cheaproute: ")


def _holds(context: Context, session: int) -> str:
    """How far a cap holds in this session, where there is one that stops it and that was seen."""
    seat = seats.read(context.ledger, session)
    if seat is None or not (seat.step or seat.fetch):
        return ""
    if states.state(context.ledger, session, context.now_ms).binding is None:
        return ""
    held = context.at_cap != "warn"
    return f"\n\nIn this session: {seat.cap} ({seats.MEANS[seat.cap]})" if held else ""
