"""The one gate on the way out: a text goes through it before any of its bytes may be sent."""

from __future__ import annotations

from cheaproute.delegate.secrets import scan
from cheaproute.errors import DelegationError

# What a person waits for may take longer than a read: this much more for each million letters.
MORE_S = 4.0


class Withheld(DelegationError):
    """A text looks as if it held a secret; nothing of it was sent."""


def clear(text: str, name: str, *, patient: bool = False) -> None:
    """Let `text` pass, and what it is called: both are sent.

    Raises:
        Withheld: something in it looks like a secret, or it could not be looked through in time.
    """
    budget_s = scan.BUDGET_S + (MORE_S * len(text) / 1e6 if patient else 0)
    found = scan.find_name(name) or scan.find(text, budget_s)
    if found:
        raise Withheld(f"{name}: not sent: {found}: ask about a copy without it")
