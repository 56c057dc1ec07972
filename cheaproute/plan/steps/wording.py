"""A lever of the main loop as a step: its setting, its risk and its doubts in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from cheaproute.days import DAY_MS
from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.replay.levers import CHEAPER
from cheaproute.plan.replay.replays import Replays
from cheaproute.plan.steps import main_loop
from cheaproute.plan.steps.main_loop import HEADROOM, LEAST_WINDOW, Lever
from cheaproute.plan.steps.step import Case, Step

Client = Mapping[str, object]  # Claude Code's own settings, as far as they matter here

WINDOW, TTL, MODEL, IDLE = "autoCompactWindow", "promptCacheTtl", "model", "idleCompaction"

_SIZE = "a summary of 2,000 to 8,000 tokens, 15,000 to 40,000 kept, 5,000 to 15,000 read again"
_SAME = "the same prompts, answers and number of calls"
_CHANCE = "other days bring other pauses and other prompts (95 %)"


def step(lever: Lever, evidence: Evidence, replays: Replays, client: Client) -> Step | None:
    """`lever` as a step; None where the client's settings say so already."""
    saves, low, high = main_loop.bounds([lever], replays)
    title, setting, before, after, risk, doubts, settings, config = _WORDS[lever.name](
        lever, client, replays
    )
    if before == after or saves <= 0:
        return None
    if lever.name == "window" and isinstance(before, int) and before <= int(str(after)):
        return None
    by_session = replays.by_session(main_loop.levers([lever]))
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
        cases=_cases(replays, by_session, _work(evidence)),
        settings=settings,
        config=config,
    )


# Of `Client`: whether cheaproute can choose the main loop's model by itself.
CHOOSES = "cheaproute.chooses"
AGENT_TTL = "subagentPromptCacheTtl"


def agents_cache(replays: Replays, client: Client) -> Step | None:
    """The life of the subagents' cache, where the other one would have cost less."""
    tried = main_loop.candidates("")["cache"]
    lever = main_loop.best(tried, [], replays)
    saves, low, high = main_loop.bounds([lever], replays)
    if saves <= 0 or client.get(AGENT_TTL) == lever.value:
        return None
    by_session = replays.by_session(main_loop.levers([lever]))
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
        cases=_cases(replays, by_session, {}),
        settings={AGENT_TTL: lever.value},
    )


def handover(chosen: Sequence[Lever], replays: Replays, client: Client) -> Step | None:
    """Who sums up past the window: Haiku, wherever that is cheaper; beside `chosen` levers."""
    lever = Lever("handover", CHEAPER, {"author": CHEAPER})
    both, alone = (main_loop.bounds(levers, replays) for levers in ([*chosen, lever], chosen))
    saves, low, high = (a - b for a, b in zip(both, alone, strict=True))
    before = client.get("plan.handover", "main")
    if saves <= 0 or before != "main":
        return None
    with_, without = (
        replays.by_session(main_loop.levers(levers)) for levers in ([*chosen, lever], chosen)
    )
    by_session = [a - b for a, b in zip(with_, without, strict=True)]
    return Step(
        lever="handover",
        title="past the window Haiku sums up, where that is cheaper",
        setting="plan.handover",
        before=before,
        after=CHEAPER,
        saves=saves,
        low=min(low, saves),
        high=max(high, saves),
        risk="the summary is Haiku's; it is checked, and the client's own stands in where it fails",
        doubts=(_SAME, _SIZE),
        cases=_cases(replays, by_session, {}),
        config={"plan.handover": CHEAPER},
    )


_Row = tuple[str, str, object, object, str, tuple[str, ...], Client, Client]


def _window(lever: Lever, client: Client, _replays: Replays) -> _Row:
    tokens = int(lever.value)
    after = max(LEAST_WINDOW, tokens + HEADROOM)
    return (
        f"compact a context past {tokens:,} tokens",
        WINDOW,
        client.get(WINDOW),
        after,
        "long sessions lose detail sooner: what the summary leaves out is read again",
        (_SAME, _SIZE),
        {WINDOW: after},
        {"plan.window_tokens": tokens},
    )


def _cold(lever: Lever, client: Client, _replays: Replays) -> _Row:
    tokens = int(lever.value)
    after = max(LEAST_WINDOW, tokens + HEADROOM)
    known = client.get(WINDOW)
    if isinstance(known, int):
        after = min(after, known)
    return (
        f"after a pause, past {tokens:,} tokens, go on from a hand-over by Haiku",
        "plan.cold_return",
        client.get("plan.cold_return", "off"),
        "ask",
        "the session goes on from a checked summary; it asks first, and the whole stays on disk",
        (_SAME, _SIZE, "you say yes each time"),
        {WINDOW: after},
        {"plan.cold_return": "ask", "plan.cold_tokens": tokens},
    )


def _warm(lever: Lever, client: Client, _replays: Replays) -> _Row:
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


def _cache(lever: Lever, client: Client, _replays: Replays) -> _Row:
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


def _model(lever: Lever, client: Client, _replays: Replays) -> _Row:
    if not client.get(CHOOSES):
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
            "a prompt that looks everyday and is not runs on Sonnet; plan mode and doubt keep your"
            " model (needs the module, Claude Code 2.1.286)"
        ),
        (_SAME, "0 to 35 % more tokens on a newer tokenizer", _CHANCE),
        {},
        {"routing.main": "auto"},
    )


_WORDS = {
    "window": _window,
    "cold-return": _cold,
    "keep-warm": _warm,
    "cache": _cache,
    "main-model": _model,
}


def _work(evidence: Evidence) -> Mapping[int, str]:
    """What most of each session's money went to."""
    sums: dict[int, Counter[str]] = {}
    for turn in evidence.turns:
        spent = sum(one.cost or 0 for one in turn.calls)
        sums.setdefault(turn.session, Counter())[turn.category or "unclear"] += spent
    return {session: counter.most_common(1)[0][0] for session, counter in sums.items()}


def _cases(
    replays: Replays, by_session: Sequence[int], work: Mapping[int, str]
) -> tuple[Case, ...]:
    """The sessions that the lever would have changed, dearest first."""
    found = [
        Case(
            chain.session,
            chain.links[-1].ts_ms // DAY_MS,
            work.get(chain.session, "unclear"),
            nano,
        )
        for chain, nano in zip(replays.chains, by_session, strict=True)
        if nano
    ]
    return tuple(sorted(found, key=lambda one: (-one.nano, one.session)))
