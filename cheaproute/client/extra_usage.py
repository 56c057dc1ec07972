"""Whether a plan's user pays by the token past the plan's limits, as the client was told."""

from __future__ import annotations

import os

from cheaproute import fastjson
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_BYTES = 32 << 20


def enabled(env: Mapping[str, str]) -> bool:
    """Whether extra usage is switched on for the account; yes where that cannot be read."""
    path = os.path.join(env.get("CLAUDE_CONFIG_DIR") or paths.home(env), ".claude.json")
    try:
        with open(path, "rb") as file:
            content = fastjson.loads(file.read(_MOST_BYTES))
        account = content["oauthAccount"]
    except FileNotFoundError:
        return False
    except (OSError, ValueError, RecursionError):
        return True
    except (LookupError, TypeError):  # no account there: a token in a variable
        return False
    return isinstance(account, dict) and account.get("hasExtraUsageEnabled") is True
