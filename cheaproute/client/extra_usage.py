"""Whether a plan's user pays by the token past the plan's limits, as the client was told."""

from __future__ import annotations

from cheaproute.client import settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def enabled(env: Mapping[str, str]) -> bool:
    """Whether extra usage is switched on for the account; yes where that cannot be read."""
    state = settings.known_state(env)
    if state is None:
        return True
    account = state.get("oauthAccount")  # none: a token in a variable
    return isinstance(account, dict) and account.get("hasExtraUsageEnabled") is True
