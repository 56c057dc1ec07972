"""Is the main loop's model worth its price: most of a bill is there."""

from __future__ import annotations

from collections.abc import Iterator

from cheaproute.cli.context import Context
from cheaproute.cli.doctor.finding import OK, WARNING, Finding
from cheaproute.money import show
from cheaproute.plan.evidence.gather import noted
from cheaproute.plan.replay import main_loop as mainloop
from cheaproute.plan.steps import main_model

_DAYS = 14


def main_loop(context: Context) -> Iterator[Finding]:
    """Whether Opus is paid for work that does not need it."""
    evidence = noted(context.ledger(), _DAYS, context.now_ms(), context.settings)
    seen = main_model.share(evidence)
    if seen.turns < evidence.setting("min_samples"):
        return
    said = f"{seen.everyday} of {seen.turns} prompts on Opus were everyday work"
    if seen.low > evidence.setting("everyday_above"):
        saved = mainloop.cost_now(evidence) - mainloop.cost_of(evidence, "balanced")
        yield Finding(
            WARNING,
            f"{said}; on Sonnet the last {evidence.days} days would have cost {show(saved)} less",
            "",
            "run `cheaproute mode show`",
        )
    else:
        yield Finding(OK, said)
