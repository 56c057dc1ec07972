"""From the ledger's calls to the chains of a span: each session's main loop, forks with a past."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from cheaproute.plan.evidence.records import Evidence, Spent
from cheaproute.plan.replay.chain import Asked, Chain, Link, chain, link
from cheaproute.plan.replay.tariff import Tariffs
from cheaproute.usage.prices import Prices

_UNKNOWN = Asked()


def of(evidence: Evidence, tariffs: Tariffs) -> list[Chain]:
    """The main loops of an evidence, with what each call's prompt asked for."""
    asked = {
        spent.call.id: Asked(turn.tier, place == 0, planned, turn.begins and place == 0)
        for turn in evidence.turns
        for place, (spent, planned) in enumerate(zip(turn.calls, turn.planned, strict=True))
    }
    return main_loops(evidence.spent, evidence.copied, tariffs, asked=asked)


def agents(
    evidence: Evidence, tariffs: Tariffs, without: Collection[tuple[int, str]] = ()
) -> list[Chain]:
    """Each subagent's calls as a chain of its own; those of none that is known are left out.

    So are those of the (session, agent) that `without` names.
    """
    links: dict[tuple[int, str], list[Link]] = {}
    for one in evidence.spent:
        if one.source == "subagent" and one.call.agent:
            found = link(one.call, one.cost, tariffs)
            if found is not None and (one.session, one.call.agent) not in without:
                links.setdefault((one.session, one.call.agent), []).append(found)
    return [chain(session, "", own) for (session, _), own in sorted(links.items())]


def main_loops(
    spent: Iterable[Spent],
    copied: Mapping[int, Sequence[str]],
    tariffs: Tariffs,
    *,
    asked: Mapping[str, Asked] | None = None,
    today: Prices | None = None,
) -> list[Chain]:
    """The main loop of each session that has calls of its own, by session.

    `copied` are the calls that a fork brought along. `today`: bills at present prices, each model's
    those of the newest of its family.
    """
    newest: dict[str, str] = {}
    links: dict[int, list[Link]] = {}
    known: dict[str, Link] = {}
    projects: dict[int, str] = {}
    for one in spent:
        if one.source != "main":
            continue
        model = one.call.model
        if today is not None and model not in newest:
            newest[model] = today.newest(model)
        found = link(
            one.call,
            one.cost,
            tariffs,
            today=newest.get(model, ""),
            asked=asked.get(one.call.id, _UNKNOWN) if asked else _UNKNOWN,
        )
        if found is not None:
            links.setdefault(one.session, []).append(found)
            known[one.call.id] = found
            projects[one.session] = one.project
    made = []
    for session, own in sorted(links.items()):
        first = own[0].ts_ms
        past = [known[id_] for id_ in copied.get(session, ()) if id_ in known]
        before = [one._replace(own=False) for one in past if one.ts_ms < first]
        made.append(chain(session, projects[session], [*before, *own]))
    return made


def since(whole: Chain, since_ms: int) -> Chain:
    """`whole` with the calls before `since_ms` as its past, which others pay for."""
    links = tuple(one if one.ts_ms >= since_ms else one._replace(own=False) for one in whole.links)
    return replace(whole, links=links)
