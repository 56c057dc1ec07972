"""The JSON of `tune`: dollars as numbers, everything else as it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from cheaproute.plan.backtest import Backtest
from cheaproute.plan.evidence.breakdown import went
from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.steps import main_model
from cheaproute.plan.steps.step import Proposal


def report(evidence: Evidence, proposals: Sequence[Proposal]) -> dict[str, object]:
    """What `tune --json` prints."""
    seen = main_model.share(evidence)
    return {
        "days": evidence.days,
        "total_usd": usd(sum(evidence.before.values())),
        "unknown_price_calls": evidence.unpriced,
        "went": {name: _dollars(sums) for name, sums in went(evidence).items()},
        "main_loop": {
            "prompts_on_opus": seen.turns,
            "everyday": seen.everyday,
            "interval": [seen.low, seen.high],
            "opus_usd": usd(seen.cost),
            "everyday_usd": usd(seen.everyday_cost),
        },
        "proposals": [_proposal(proposal) for proposal in proposals],
        "notes": list(evidence.notes),
    }


def backtest(test: Backtest) -> dict[str, object]:
    """What `tune --backtest --json` prints."""
    return {
        "enough": test.enough,
        "short_of": test.short_of,
        "before_usd": _dollars(test.before),
        "present_usd": _dollars(test.present),
        "after_usd": _dollars(test.after),
        "after_with_mode_usd": None if test.with_mode is None else _dollars(test.with_mode),
        "mode": test.mode,
        "moved_subagents": test.moved,
        "digested_reads": test.digested,
    }


def usd(nano: int) -> float:
    """Dollars of an amount."""
    return nano / 1_000_000_000


def _dollars(sums: Mapping[str, int]) -> dict[str, float]:
    return {name: usd(nano) for name, nano in sums.items()}


def _proposal(proposal: Proposal) -> dict[str, object]:
    plain = asdict(proposal)
    plain["interval"] = [plain.pop("low"), plain.pop("high")]
    plain["month_usd"] = usd(plain.pop("month_nano"))
    others = plain.pop("alternatives")
    plain["alternatives"] = {name: usd(nano) for name, nano in others}
    return plain
