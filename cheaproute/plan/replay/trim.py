"""Chains as they would have been with shorter tool outputs in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from cheaproute.plan.replay.chain import Chain, Link


class Cut(NamedTuple):
    """Of a call: tokens it would not have written, not have read; nano-dollars that it adds."""

    written: int = 0
    read: int = 0
    more: int = 0


def trimmed(chain: Chain, cuts: Mapping[str, Cut]) -> Chain:
    """`chain` with these cuts, by call."""
    if not any(link.call.id in cuts for link in chain.links):
        return chain
    links = tuple(
        _less(link, *cuts[link.call.id]) if link.call.id in cuts else link for link in chain.links
    )
    return replace(chain, links=links)


def _less(link: Link, written: int, read: int, more: int) -> Link:
    """`link` without tokens it wrote and tokens it read; what was not read was written again."""
    left = link.read - min(link.read, read)
    writes = link.write_5m + link.write_1h
    gone = min(writes, written + read - min(link.read, read))
    five = link.write_5m * (writes - gone) // writes if writes else 0
    one = writes - gone - five
    cost = link.tariff.nano(link.fresh, link.output, five, one, left) + link.searches
    return link._replace(
        read=left,
        write_5m=five,
        write_1h=one,
        cost=min(cost, link.cost) + more,
        searches=link.searches + more,
    )
