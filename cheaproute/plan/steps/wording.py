"""A lever of the main loop as a step: its setting, its risk and its doubts in words."""

from __future__ import annotations

from collections.abc import Sequence

from cheaproute.plan.evidence import decided
from cheaproute.plan.evidence.decided import AGENT_TTL, IDLE, TTL, WINDOW
from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.replay.levers import CHEAPER
from cheaproute.plan.replay.replays import Replays
from cheaproute.plan.steps import cases, in_force, main_loop
from cheaproute.plan.steps.in_force import HEADROOM, LEAST_WINDOW, Client
from cheaproute.plan.steps.main_loop import Lever
from cheaproute.plan.steps.step import Step

# Only the module can take these.
_MODULE = ("cold-return", "task-end", "keep-warm", "handover")
# Steps that act where Claude Code compacts, or asks whether to.
_COMPACTS = ("window", "cold-return", "task-end", "handover")

_SIZE = "a summary of 2,000 to 8,000 tokens, 15,000 to 40,000 kept, 5,000 to 15,000 read again"
_SAME = "the same prompts, answers and number of calls"
_CHANCE = "other days bring other pauses and other prompts (95 %)"


def step(
    lever: Lever,
    evidence: Evidence,
    replays: Replays,
    client: Client,
    base: Sequence[Lever] = (),
) -> Step | None:
    """`lever` as a step on top of `base`; None where the settings say so already, or cannot."""
    if not _able(lever, client):
        return None
    saves, low, high = main_loop.bounds([lever], replays, base)
    gave = main_loop.by_session([lever], replays, base)
    title, setting, before, after, risk, doubts, settings, config = _WORDS[lever.name](
        lever, client
    )
    if before == after or saves <= 0 or any(decided.by(key, client) for key in settings):
        return None
    now = in_force.window(client)
    if lever.name == "window" and now is not None and now <= int(lever.value):
        return None
    if lever.name == "cold-return" and in_force.cold_return(client):
        return None
    if lever.name == "task-end" and 0 < in_force.task_end(client) <= int(lever.value):
        return None
    return Step(
        lever=lever.name,
        title=title,
        setting=setting,
        before=before,
        after=after,
        saves=saves,
        low=low,
        high=high,
        risk=risk,
        doubts=doubts,
        cases=cases.of(replays, gave, cases.work(evidence), base),
        settings=settings,
        config=config,
    )


def _able(lever: Lever, client: Client) -> bool:
    """Whether anything could act on the lever."""
    if lever.name in _MODULE and not in_force.module(client):
        return False
    if lever.name in _COMPACTS and not decided.compacts(client):
        return False
    return lever.name != "main-model" or decided.runs("sonnet", str(lever.value), client)


def agents_cache(replays: Replays, client: Client) -> Step | None:
    """The life of the subagents' cache, where the other one would have cost less."""
    tried = main_loop.candidates("")["cache"]
    lever = main_loop.best(tried, [], replays)
    saves, low, high = main_loop.bounds([lever], replays)
    held = in_force.cache_life(client, AGENT_TTL)
    if saves <= 0 or decided.by(AGENT_TTL, client) or held == lever.value:
        return None
    return Step(
        lever="agents-cache",
        title=f"subagents' caches live {'an hour' if lever.value == '1h' else 'five minutes'}",
        setting=AGENT_TTL,
        before=client.get(AGENT_TTL),
        after=lever.value,
        saves=saves,
        low=low,
        high=high,
        risk="none",
        doubts=(_SAME, _CHANCE),
        cases=cases.of(replays, main_loop.by_session([lever], replays), {}),
        settings={AGENT_TTL: lever.value},
    )


def handover(
    beside: Sequence[Lever], evidence: Evidence, replays: Replays, client: Client
) -> Step | None:
    """Who sums up past the window: Haiku, wherever that is cheaper; on top of `beside`."""
    lever = Lever("handover", CHEAPER, {"author": CHEAPER})
    saves, low, high = main_loop.bounds([lever], replays, beside)
    gave = main_loop.by_session([lever], replays, beside)
    before = client.get("plan.handover", "main")
    if saves <= 0 or before != "main" or not _able(lever, client):
        return None
    return Step(
        lever="handover",
        title="past the window Haiku sums up, where that is cheaper",
        setting="plan.handover",
        before=before,
        after=CHEAPER,
        saves=saves,
        low=low,
        high=high,
        risk="the summary is Haiku's; it is checked, and the client's own stands in where it fails",
        doubts=(_SAME, _SIZE),
        cases=cases.of(replays, gave, cases.work(evidence), beside),
        config={"plan.handover": CHEAPER},
        on_top=True,
    )


_Row = tuple[str, str, object, object, str, tuple[str, ...], Client, Client]


def _window(lever: Lever, client: Client) -> _Row:
    tokens = int(lever.value)
    after = max(LEAST_WINDOW, tokens + HEADROOM)
    known = client.get(WINDOW)
    settings: dict[str, object] = {WINDOW: after}
    now = in_force.asked(client)
    if in_force.asks_early(client) and now is not None and now <= after - HEADROOM:
        settings = {}  # the module is asked early enough, and holds the planned window itself
    return (
        f"while you work, compact a context past {tokens:,} tokens",
        WINDOW if settings else "plan.window_tokens",
        known if settings else client.get("plan.window_tokens", 0),
        after if settings else tokens,
        "long sessions lose detail sooner: what the summary leaves out is read again",
        (_SAME, _SIZE),
        settings,
        {"plan.window_tokens": tokens},
    )


def _cold(lever: Lever, client: Client) -> _Row:
    tokens = int(lever.value)
    settings, kept = in_force.early(tokens, client)
    return (
        f"back after a pause, past {tokens:,} tokens, go on from a hand-over by Haiku",
        "plan.cold_return",
        client.get("plan.cold_return", "off"),
        "ask",
        "the session goes on from a checked summary; it asks first, and the whole stays on disk"
        + in_force.kept_window(settings, client),
        (_SAME, _SIZE, "you say yes each time"),
        settings,
        {"plan.cold_return": "ask", "plan.cold_tokens": tokens, **kept},
    )


def _task(lever: Lever, client: Client) -> _Row:
    tokens = int(lever.value)
    settings, kept = in_force.early(tokens, client)
    return (
        f"before unrelated work, compact a context past {tokens:,} tokens",
        "plan.task_tokens",
        client.get("plan.task_tokens", 0),
        tokens,
        "a prompt that looks unrelated and is not finds a summary, and reads again"
        + in_force.kept_window(settings, client),
        (_SAME, _SIZE, "whether work is unrelated is the classifier's word"),
        settings,
        {"plan.task_tokens": tokens, **kept},
    )


def _warm(lever: Lever, client: Client) -> _Row:
    pings = int(lever.value)
    idle = {IDLE: False} if client.get(IDLE) is not False else {}
    return (
        f"keep the cache warm in pauses: at most {pings} {'ping' if pings == 1 else 'pings'} each",
        "plan.keep_warm",
        client.get("plan.keep_warm", 0),
        pings,
        "none for the answers; pings cost while you are away, up to plan.keep_warm_usd a day",
        (_SAME, _CHANCE),
        idle,
        {"plan.keep_warm": pings},
    )


def _cache(lever: Lever, client: Client) -> _Row:
    return (
        f"the main loop's cache lives {'an hour' if lever.value == '1h' else 'five minutes'}",
        TTL,
        client.get(TTL),
        lever.value,
        "none",
        (_SAME, _CHANCE),
        {TTL: lever.value},
        {},
    )


def _model(lever: Lever, client: Client) -> _Row:
    if not in_force.module(client):
        return (
            f"everyday work on {lever.value}, begun there: after a pause or in a new session",
            "/model",
            None,
            "sonnet",
            (
                "a prompt that looks everyday and is not runs on Sonnet; nothing is written for it:"
                " type `/model sonnet` before such work, and `/model default` before the rest"
            ),
            (_SAME, "0 to 35 % more tokens on a newer tokenizer", _CHANCE),
            {},
            {},
        )
    return (
        f"everyday prompts on {lever.value}, hard ones on your model, switched when cold",
        "routing.main",
        client.get("routing.main", "off"),
        "auto",
        (
            "a prompt that looks everyday and is not runs on Sonnet, and the way back may write"
            " your model's cache anew; plan mode and doubt keep your model (needs the module,"
            " Claude Code 2.1.286)"
        ),
        (_SAME, "0 to 35 % more tokens on a newer tokenizer", _CHANCE),
        {},
        {"routing.main": "auto"},
    )


_WORDS = {
    "window": _window,
    "cold-return": _cold,
    "task-end": _task,
    "keep-warm": _warm,
    "cache": _cache,
    "main-model": _model,
}
