"""Where cheaproute was run, and what holds there: README's table, and the doctor's word on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cheaproute.cli.context import Context
from cheaproute.cli.doctor.finding import OK, Finding
from cheaproute.client import login
from cheaproute.client import settings as client_settings
from cheaproute.config import platform
from cheaproute.ledger.module import seats

RUN, USERS, NOT_RUN = "run", "seen by users", "not run"
STATES = (RUN, USERS, NOT_RUN)
_ALL = "2.1.139, 270, 286, 322, 330, 332"
_EXACT = f"{seats.EXACT} from 2.1.321, between steps from 2.1.286, hooks only before"
_UNSEEN = f"not known; as {seats.HOOKS} until the seats are seen at work there"
_TRIED = {RUN: "yes", USERS: "by users", NOT_RUN: "no"}
_TOLD = {"step": "steps", "fetch": "requests", "log": "records"}


class Surface(NamedTuple):
    """One row: `name`, one of `STATES`, with which clients (and what of it), what holds there."""

    name: str
    state: str
    clients: str
    holds: str


SURFACES = (
    Surface(login.TERMINAL, RUN, "2.1.286, 322, 330, 332, on Linux", _EXACT),
    Surface(login.PRINT, RUN, f"{_ALL}, on Linux", _EXACT),
    Surface(
        login.SDK, RUN, "its protocol (`stream-json`) on 2.1.270, 286, 332; not its packages",
        _EXACT,
    ),
    Surface(login.VS_CODE, NOT_RUN, "", _UNSEEN),
    Surface(login.JETBRAINS, NOT_RUN, "", _UNSEEN),
    Surface(login.DESKTOP, NOT_RUN, "", _UNSEEN),
    Surface(login.CLOUD, NOT_RUN, "", _UNSEEN),
    Surface("Bedrock", NOT_RUN, "", _UNSEEN),
    Surface("Vertex", RUN, "2.1.270, 332, against a stand-in for its API", _EXACT),
    Surface("Foundry", RUN, "2.1.270, 332, against a stand-in for its API", _EXACT),
    Surface(
        login.GATEWAY, RUN,
        "stand-ins on 2.1.270, 332: one id for all answers, no streams, JSON in their place",
        _EXACT,
    ),
    Surface(platform.LINUX, RUN, f"{_ALL}, x86-64", _EXACT),
    Surface(platform.WSL, NOT_RUN, "", f"{_UNSEEN} (it is Linux to us)"),
    Surface(platform.MAC, NOT_RUN, "only the launcher's branch for it, on Linux", _UNSEEN),
    Surface(platform.WINDOWS, NOT_RUN, "", "nothing: it cannot start the hooks; use WSL 2"),
)  # fmt: skip


def table() -> str:
    """README's table."""
    rows = []
    for name, state, clients, holds in SURFACES:
        shown = f"`{name}`" if name.startswith("-") else name
        rows.append(f"| {shown} | {state}{': ' if clients else ''}{clients} | {holds} |")
    return "\n".join(["| where | | what holds of a cap |", "|---|---|---|", *rows])


def seen(context: Context) -> Iterator[Finding]:
    """Which seats were seen at work on this system and against this API; that none was, otherwise.

    What was run elsewhere proves nothing of here.
    """
    if not platform.runs_hooks() or not context.section("mod").get("enabled", True):
        return  # told by others
    env = _variables(context)
    led, place = login.led(env), [platform.system(), login.provider(env)]
    where = ", ".join(filter(None, [led, *place]))
    found = [
        (how[0], version, names)
        for how, version, names in seats.places(context.db)
        if list(how[1:]) == place and (how[0] == led or not led)
    ]
    if found:
        said = "; ".join(
            f"{how or 'client'} ({version or '?'}): {', '.join(_TOLD[name] for name in names)}"
            for how, version, names in found
        )
        yield Finding(OK, f"the module was seen at work here ({where}): {said}")
        return
    if seats.latest(context.db) is None:
        return  # that no session had the module yet is said already
    about = [one for one in SURFACES if one.name in (led, *place)]
    known = [f"{one.name}: {_TRIED[one.state]}" for one in about]
    text = f"the module has not been seen at work here yet ({where}); until then a cap holds by"
    means = f"hooks only: {seats.MEANS[seats.HOOKS]}"
    yield Finding(OK, f"{text} {means}", f"tried before release: {', '.join(known)}" * bool(known))


def _variables(context: Context) -> dict[str, str]:
    """The variables that a client here has: the user's own settings name some."""
    found = dict(context.env)
    own = client_settings.user(context.env).get("env")
    if isinstance(own, dict):
        found |= {name: str(value) for name, value in own.items()}
    return found
