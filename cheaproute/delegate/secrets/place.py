"""What a file's name, its place and the user's own rules say of sending it (hot path)."""

from __future__ import annotations

from cheaproute.client import permissions
from cheaproute.config import paths
from cheaproute.delegate.secrets import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECRET, DENIED = "secret", "denied"


def why_kept(
    ways: Sequence[str], rules: Sequence[str], env: Mapping[str, str], project: str
) -> str:
    """Why the file that each of `ways` leads to is sent nowhere, "" if its text decides.

    `rules` are `permissions.rules` of the project.
    """
    if any(map(names.withheld, ways)):
        return SECRET
    home = paths.home(env)
    for path in ways:
        if rules and permissions.matches(path, rules, project=project, home=home):
            return DENIED
    return ""
