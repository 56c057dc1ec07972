"""What the commands that call a model have in common: who is called, from what it is paid."""

from __future__ import annotations

import importlib.util
import os
from typing import Any

from cheaproute import money
from cheaproute.cli.context import Context
from cheaproute.delegate.backends import choose
from cheaproute.delegate.backends.request import Reply
from cheaproute.delegate.metered import Purse
from cheaproute.usage import prices

_LOOKS = "detect_secrets"


def section(context: Context, name: str) -> dict[str, Any]:
    """One section of the settings."""
    return context.settings[name]  # type: ignore[return-value]


def open_purse(context: Context, purpose: str) -> Purse:
    """A purse for calls of `purpose` from this directory.

    Raises:
        NoCredentials: there is no way to call a model.
        ModuleNotFoundError: what looks texts through before they are sent is not installed.
    """
    if importlib.util.find_spec(_LOOKS) is None:  # else each text would be withheld for a doubt
        raise ModuleNotFoundError(f"No module named {_LOOKS!r}", name=_LOOKS)
    choice = choose.choose(context.env, section(context, "delegate")["backend"])
    way = choose.build(choice, context.env)
    table = prices.load(section(context, "prices")["overrides"])
    return Purse(context.ledger(), way, table, purpose, context.now_ms, project=os.getcwd())


def figures(purse: Purse, reply: Reply) -> dict[str, object]:
    """What the answer took, as `--json` has it; tokens and dollars are of all calls together."""
    nano = purse.nano
    return {
        "model": reply.call.model,
        "backend": purse.backend.name,
        "calls": len(purse.calls),
        "input_tokens": sum(c.input + c.read + c.write_5m + c.write_1h for c in purse.calls),
        "output_tokens": sum(c.output for c in purse.calls),
        "cost_usd": None if nano is None else nano / 1e9,
        "latency_ms": reply.latency_ms,
        "stop_reason": reply.stop_reason,
    }


def line(found: dict[str, Any]) -> str:
    """`figures` in one line."""
    cost = found["cost_usd"]
    calls = "" if found["calls"] == 1 else f"{found['calls']} calls, "
    tokens = f"{found['input_tokens']:,} in, {found['output_tokens']:,} out"
    price = "price unknown" if cost is None else money.show(round(cost * money.NANO))
    return f"{found['model']} ({found['backend']}): {calls}{tokens}, {price}"
