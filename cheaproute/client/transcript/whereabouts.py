"""Where the client above a command may have read a project's settings.

It moves: into a worktree, which lies anywhere, and its shell goes further. What it read where it
began stays in the environment of all that it starts.
"""

from __future__ import annotations

import os

from cheaproute.client import ancestry
from cheaproute.client.transcript import layout, peek

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SESSION = "CLAUDE_CODE_SESSION_ID"
_NAMED = ("CLAUDE_PROJECT_DIR", "PWD", "OLDPWD")
# A row's directory; where the session was before it entered a worktree.
_TOLD = (b'"cwd":"', b'riginalCwd":"')
# A session's first rows hold tool and skill listings; what the last ones tell of lies further on.
_HEAD_BYTES, _TAIL_BYTES = 1 << 20, 1 << 18
_MOST = 64


def of(env: Mapping[str, str], cwd: str) -> list[str]:
    """The directories that count as the session's, `cwd` first, each with all above it.

    More than the client looks in: they are those of the processes above, what these were started
    with, and the directories that the session's transcript begins and ends with.
    """
    found: list[str] = []
    for place in (cwd, *_known(env)):
        if not os.path.isabs(place) or place in found or len(found) >= _MOST:
            continue
        found += dict.fromkeys((place, os.path.realpath(place)))
    return [one for one in found if not any(_is_above(one, other) for other in found)]


def _is_above(place: str, other: str) -> bool:
    return place != other and other.startswith(place.rstrip(os.sep) + os.sep)


def _known(env: Mapping[str, str]) -> Iterator[str]:
    starts = [env, *ancestry.environments_above()]
    yield from ancestry.directories_above()
    for start in starts:
        yield from (start[name] for name in _NAMED if name in start)
    homes = list(dict.fromkeys(place for start in starts for place in layout.projects(start)))
    for session in {start[_SESSION] for start in starts if start.get(_SESSION)}:
        path = layout.find(homes, session)
        for rows in (peek.head(path, _HEAD_BYTES), peek.tail(path, _TAIL_BYTES)) if path else ():
            for key in _TOLD:
                yield from peek.paths_in(rows, key)
