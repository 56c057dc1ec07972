"""Where transcripts lie: the client's own directory, its place of 2025, and what the user names."""

from __future__ import annotations

import os

from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def projects(env: Mapping[str, str], also: object = ()) -> list[str]:
    """The `projects` directories of the client's config directory and of those in `also`.

    Those in `also` (the setting `ledger.claude_dirs`) and the place of the clients of June 2025,
    ~/.config/claude, count where they exist; the first one always.
    """
    found = [os.path.join(paths.claude_dir(env), "projects")]
    if not env.get("CLAUDE_CONFIG_DIR"):
        found += _there([os.path.join(paths.home(env) or os.sep, ".config", "claude")])
    if isinstance(also, list | tuple):
        named = (str(place) for place in also)
        found += _there(os.path.expanduser(place) for place in named)
    return list(dict.fromkeys(found))


def _there(directories: Iterable[str]) -> list[str]:
    below = (os.path.join(place, "projects") for place in directories if os.path.isabs(place))
    return [place for place in below if os.path.isdir(place)]


def hold_any(directories: Iterable[str]) -> bool:
    """Whether one of the directories holds anything."""
    for place in directories:
        try:
            with os.scandir(place) as entries:
                if any(entries):
                    return True
        except OSError:
            continue
    return False
