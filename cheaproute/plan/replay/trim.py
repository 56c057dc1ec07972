"""Chains as they would have been with shorter tool outputs in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cheaproute.plan.replay.chain import Chain, Link


def trimmed(chain: Chain, cuts: Mapping[str, tuple[int, int]]) -> Chain:
    """`chain` with so many tokens fewer written, and fewer read, by call."""
    if not any(link.call.id in cuts for link in chain.links):
        return chain
    links = tuple(
        _less(link, *cuts[link.call.id]) if link.call.id in cuts else link for link in chain.links
    )
    return replace(
        chain,
        links=links,
        cost=sum(link.cost for link in links if link.own),
        longest=max(link.fresh + link.write_5m + link.write_1h + link.read for link in links),
    )


def _less(link: Link, written: int, read: int) -> Link:
    """`link` without tokens it wrote and tokens it read; what was not read was written again."""
    left = link.read - min(link.read, read)
    writes = link.write_5m + link.write_1h
    gone = min(writes, written + read - min(link.read, read))
    five = link.write_5m * (writes - gone) // writes if writes else 0
    one = writes - gone - five
    cost = link.tariff.nano(link.fresh, link.output, five, one, left) + link.searches
    return link._replace(read=left, write_5m=five, write_1h=one, cost=min(cost, link.cost))
