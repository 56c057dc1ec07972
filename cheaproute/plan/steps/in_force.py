"""Which levers the user's settings have in force already: the plan counts what comes on top."""

from __future__ import annotations

from collections.abc import Mapping

from cheaproute.plan.evidence import decided
from cheaproute.plan.evidence.decided import TTL, WINDOW
from cheaproute.plan.replay.levers import MAIN
from cheaproute.plan.steps import main_loop
from cheaproute.plan.steps.main_loop import Lever

# Claude Code's settings by key, ours by dotted key.
Client = Mapping[str, object]

# Claude Code compacts so many tokens before its window is full; no window may be smaller.
HEADROOM, LEAST_WINDOW = 33_000, 100_000
_WHOLE_WINDOW = 1_000_000
_UNITS = {"k": 1_000, "m": 1_000_000}


def means(key: str, value: object) -> str:
    """What a value of a setting does, where the number does not say so; "" where it does."""
    if key != WINDOW or type(value) is not int or value < LEAST_WINDOW:
        return ""
    return f"compacts past {value - HEADROOM:,} tokens, {HEADROOM:,} before it is full"


def module(client: Client) -> bool:
    """Whether the module inside the client may act."""
    return client.get("mod.enabled", True) is True


def window(client: Client) -> int | None:
    """The tokens past which contexts are compacted now; None: at the client's own limit."""
    planned = client.get("plan.window_tokens")
    if module(client):
        if isinstance(planned, int) and planned > 0:
            return planned
        if asks_early(client):
            return None  # the module skips what lies below
    return asked(client)


def asked(client: Client) -> int | None:
    """The tokens past which Claude Code compacts, or asks the module; None: at its own limit."""
    if not decided.compacts(client):
        return None
    known = _size(decided.variable(client, decided.WINDOW_VARIABLE)) or client.get(WINDOW)
    size = known if isinstance(known, int) and not isinstance(known, bool) else 0
    limits = [size - HEADROOM] if size >= LEAST_WINDOW else []
    percent = decided.variable(client, decided.PERCENT_VARIABLE)
    if percent.isdecimal() and 0 < int(percent) < 100:
        limits.append(max(size, LEAST_WINDOW) * int(percent) // 100 if limits else
                      _WHOLE_WINDOW * int(percent) // 100)  # fmt: skip
    return min(limits, default=None)


def by_model(client: Client) -> tuple[tuple[str, int], ...]:
    """The tokens past which contexts of single models are compacted now, by `modelSettings`."""
    if not decided.compacts(client) or decided.by(WINDOW, client) in decided.OVER[WINDOW]:
        return ()
    found = []
    planned = client.get("plan.window_tokens")
    for key, size in client.items():
        section, _, rest = key.partition(".")
        model, _, name = rest.rpartition(".")
        if section != "modelSettings" or name != WINDOW or type(size) is not int:
            continue
        tokens = size - HEADROOM if size >= LEAST_WINDOW else 0
        if tokens and module(client):  # it skips below the planned window, whatever the model
            skips = planned if isinstance(planned, int) and planned else 0
            tokens = max(tokens, skips) if skips or not asks_early(client) else 0
        if tokens:
            found.append((model, tokens))
    return tuple(sorted(found))


def _size(text: str) -> int | None:
    """A window as the variable may say it: `200000`, `200k`; None where that is none."""
    digits, unit = (text[:-1], text[-1:].lower()) if text[-1:].isalpha() else (text, "")
    size = int(digits) * _UNITS.get(unit, 1) if digits.isdecimal() else 0
    return size if size >= LEAST_WINDOW and (not unit or unit in _UNITS) else None


def cache_life(client: Client, setting: str = TTL) -> object:
    """How long the main loop's cache lives (or by AGENT_TTL the subagents'): `5m`, `1h`.

    None: as it was. Who pays by key has five minutes where nothing is set; a subscription's hour is
    not the same for every model and client.
    """
    usual = "5m" if client.get(decided.BILLING) == "api" else None
    return _life_set(client, setting) or usual


def _life_set(client: Client, setting: str) -> object:
    switch, variable = decided.OVER[setting]
    if decided.is_on(client, switch):
        return "5m"
    return decided.variable(client, variable) or client.get(setting)


def by_itself(client: Client) -> tuple[str, ...]:
    """The levers that are in force because Claude Code does so where nobody has set anything."""
    return () if _life_set(client, TTL) or not cache_life(client) else ("cache",)


def cold_return(client: Client) -> bool:
    """Whether a return to a cold context may start from a hand-over."""
    return module(client) and client.get("plan.cold_return", "off") != "off"


def task_end(client: Client) -> int:
    """The tokens past which a context is compacted before unrelated work; 0: it is not."""
    tokens = client.get("plan.task_tokens")
    return tokens if module(client) and isinstance(tokens, int) else 0


def asks_early(client: Client) -> bool:
    """Whether the module has the client ask before its window, and holds the window itself."""
    return cold_return(client) or bool(task_end(client))


def early(tokens: int, client: Client) -> tuple[Client, Client]:
    """What has the client ask from so many tokens on, and keeps the window that is in force."""
    after = max(LEAST_WINDOW, tokens + HEADROOM)
    known = asked(client)
    lower = known is not None and known <= after - HEADROOM
    config: dict[str, object] = {}
    if not client.get("plan.window_tokens") and (now := window(client)) is not None:
        config["plan.window_tokens"] = now
    return ({} if lower else {WINDOW: after}), config


def kept_window(settings: Client, client: Client) -> str:
    """That a window in force stays, where `settings` have the client ask below it; "" elsewhere."""
    now, after = window(client), settings.get(WINDOW)
    if now is None or not isinstance(after, int):
        return ""
    return (
        f"; {WINDOW} becomes where Claude Code asks, past {after - HEADROOM:,} tokens: the module"
        f" keeps the window of {now:,} (without the module it is the smaller one)"
    )


def levers(client: Client, sonnet: str, day_nano: int | None = None) -> list[Lever]:
    """What is in force, as levers; sessions that already ran under it are as they are.

    `day_nano`: what pings may cost on a day.
    """
    known = main_loop.candidates(sonnet, keep=decided.keeps(client))
    found = []
    if (limit := window(client)) is not None:
        found.append(main_loop.window(limit))
    if of := by_model(client):
        said = ", ".join(f"{model} {tokens}" for model, tokens in of)
        found.append(Lever("window by model", said, {"compact_of": of, "patient": True}))
    cold = client.get("plan.cold_tokens")
    if cold_return(client) and isinstance(cold, int):
        found.append(main_loop.cold_return(cold))
    if tokens := task_end(client):
        found.append(main_loop.task_end(tokens))
    if module(client) and (author := client.get("plan.handover", MAIN)) != MAIN:
        found.append(Lever("handover", str(author), {"author": author}))
    pings = client.get("plan.keep_warm")
    if module(client) and isinstance(pings, int) and pings > 0:
        found.append(main_loop.keep_warm(pings, day_nano))
    life = cache_life(client)
    found += [one for one in known["cache"] if one.value == life]
    if module(client) and client.get("routing.main") == "auto":
        found += known["main-model"]
    return found
