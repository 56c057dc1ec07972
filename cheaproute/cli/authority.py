"""Allowing more is a person's word: refused to whatever the client, or its model, may have run."""

from __future__ import annotations

import os
from collections.abc import Mapping

from cheaproute.cap import state
from cheaproute.cap.answers import messages
from cheaproute.cli.context import Context
from cheaproute.client import ancestry
from cheaproute.config import paths, taken_back
from cheaproute.errors import CheaprouteError, LedgerError

# The settings that decide whether a cap stops anything.
SETTINGS = ("cap.", "billing", "on_error", "mod.enabled", "prices.overrides")
# Whatever stood there before, this allows no more.
TIGHTEST = ("cap.at_cap", "block")
# What is sent and by which way, and which models do the work: a script of the user's may set them.
WITHOUT_A_SESSION = (
    *("digest.outside_project", "digest.kinds", "delegate.backend", "models.", "routing.main"),
    *("routing.max_unsafe", "routing.agents", "routing.categories", "routing.keep_explicit"),
    *("routing.allow_upgrade", "routing.explore", "routing.guide_opus", "sync.projects"),
    *("plan.cold_return", "plan.handover", "plan.keep_warm"),
)
# Those that decide whether it knows of the other machines, and of all transcripts here.
SHARED = ("sync.folder", "sync.share", "ledger.claude_dirs")


def only_tighter(context: Context, wanted: Mapping[str, int | None]) -> None:
    """Refuse limits (nano-dollars by period, None: none) that allow more, unless a person asks.

    Raises:
        CheaprouteError: it is not seen to be a person.
    """
    held = state.state(context.ledger(), 0, context.now_ms()).periods
    for name, nano in wanted.items():
        limit = held[name].limit
        if limit is not None and (nano is None or nano > limit):
            most = f"`{name}_usd = 1000000` (as good as none) under [cap]"
            none = most if nano is None else f"cap.{name}_usd"
            a_person(context, none)


def a_setting(context: Context, key: str, value: str = "") -> None:
    """Refuse to change a setting of those above, unless a person asks or `value` is the tightest.

    Raises:
        CheaprouteError: it is not seen to be a person.
    """
    if key.startswith(SETTINGS) and (key, value.strip("\"'")) != TIGHTEST:
        a_person(context, key)
    if key.startswith(WITHOUT_A_SESSION):
        a_person(context, key, terminal=False)
    if key in SHARED:
        where_a_cap_holds(context)


def a_file(context: Context, path: str, before: bytes | None, after: bytes | None) -> None:
    """Refuse to write our settings where one of those above would change, unless a person asks.

    Raises:
        CheaprouteError: it is not seen to be a person.
    """
    if path != paths.config_file(context.env):
        return
    try:
        old, new = taken_back.flat(before), taken_back.flat(after)
    except ValueError:  # what changes cannot be told
        a_person(context)
        return
    for key in old.keys() | new.keys():
        if old.get(key) != new.get(key):
            a_setting(context, key)


def where_a_cap_holds(context: Context) -> None:
    """Refuse what takes spending out of a cap's sight, unless a person asks or there is no cap.

    Raises:
        CheaprouteError: it is not seen to be a person.
    """
    if not os.path.exists(paths.ledger_file(context.env)):
        return
    try:
        held = state.state(context.ledger(), 0, context.now_ms()).periods
    except LedgerError:  # what it holds cannot be known, and this may be the way out of it
        a_person(context)
        return
    if any(period.limit is not None for period in held.values()):
        a_person(context)


def before_all_ends(context: Context) -> None:
    """Refuse to take cheaproute away where a cap ends by it, unless a person asks.

    A ledger that cannot be read may have held one.

    Raises:
        CheaprouteError: it is not seen to be a person.
    """
    try:
        where_a_cap_holds(context)
    except LedgerError:
        a_person(context)
    except CheaprouteError as error:
        raise CheaprouteError(f"a cap is set, and ends with cheaproute: {error}") from None


def a_person(context: Context, key: str = "", *, terminal: bool = True) -> None:
    """Go on only for a person at a terminal of their own; else for whatever no client has started.

    `key` is the setting that does the same by hand.

    Raises:
        CheaprouteError: it is not seen to be one; the message names what a person can do instead.
    """
    why = ancestry.whose_word(context.env, terminal=terminal)
    if why and not _confirmed(context.env):
        raise CheaprouteError(
            f"{messages.ONLY_YOU}: run it in a terminal of your own, or "
            f"{'write' if key.startswith('`') else 'change'} "
            f"{f'{key} in ' if key else ''}{paths.config_file(context.env)} ({why})"
        )


def _confirmed(env: Mapping[str, str]) -> bool:
    """Whether a person typed the code of a dialog for this command, in the client itself."""
    return env.get(messages.CONFIRMED) == "1" and ancestry.in_the_clients_terminal()
