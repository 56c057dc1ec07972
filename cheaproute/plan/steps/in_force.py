"""Which levers the user's settings have in force already: the plan counts what comes on top."""

from __future__ import annotations

from collections.abc import Mapping

from cheaproute.plan.replay.levers import MAIN
from cheaproute.plan.steps import main_loop
from cheaproute.plan.steps.main_loop import Lever

# Claude Code's settings by key, ours by dotted key.
Client = Mapping[str, object]

WINDOW, TTL, AGENT_TTL, IDLE = (
    "autoCompactWindow", "promptCacheTtl", "subagentPromptCacheTtl", "idleCompaction",
)  # fmt: skip
# Claude Code compacts so many tokens before its window is full; no window may be smaller.
HEADROOM, LEAST_WINDOW = 33_000, 100_000


def means(key: str, value: object) -> str:
    """What a value of a setting does, where the number does not say so; "" where it does."""
    if key == WINDOW and isinstance(value, int) and not isinstance(value, bool):
        return f"compacts past {value - HEADROOM:,} tokens" if value >= LEAST_WINDOW else ""
    return ""


def module(client: Client) -> bool:
    """Whether the module inside the client may act."""
    return client.get("mod.enabled", True) is True


def window(client: Client) -> int | None:
    """The tokens past which contexts are compacted now; None: at the client's own limit."""
    planned = client.get("plan.window_tokens")
    if module(client):
        if isinstance(planned, int) and planned > 0:
            return planned
        if cold_return(client):
            return None  # the module skips what lies below
    known = client.get(WINDOW)
    if isinstance(known, int) and not isinstance(known, bool) and known >= LEAST_WINDOW:
        return known - HEADROOM
    return None


def cold_return(client: Client) -> bool:
    """Whether a return to a cold context may start from a hand-over."""
    return module(client) and client.get("plan.cold_return", "off") != "off"


def levers(client: Client, sonnet: str) -> list[Lever]:
    """What is in force, as levers; sessions that already ran under it are as they are."""
    known = main_loop.candidates(sonnet)
    found = []
    if (tokens := window(client)) is not None:
        found.append(main_loop.window(tokens))
    cold = client.get("plan.cold_tokens")
    if cold_return(client) and isinstance(cold, int):
        found.append(main_loop.cold_return(cold))
    if module(client) and (author := client.get("plan.handover", MAIN)) != MAIN:
        found.append(Lever("handover", str(author), {"author": author}))
    pings = client.get("plan.keep_warm")
    if module(client) and isinstance(pings, int) and pings > 0:
        found.append(main_loop.keep_warm(pings))
    life = client.get(TTL)
    found += [one for one in known["cache"] if one.value == life]
    if module(client) and client.get("routing.main") == "auto":
        found += known["main-model"]
    return found
