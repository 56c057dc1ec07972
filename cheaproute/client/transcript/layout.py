"""Where transcripts lie, and what their paths tell.

They lie in the client's own directory, in its place of 2025, and where the user says.
"""

from __future__ import annotations

import os

from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


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


def find(directories: Iterable[str], session: str) -> str:
    """The transcript of a session (its uuid) in `projects` directories; "" where there is none."""
    for directory in directories:
        try:
            folders = sorted(os.listdir(directory))
        except OSError:
            continue
        for folder in folders:
            path = os.path.join(directory, folder, os.path.basename(session) + ".jsonl")
            if os.path.exists(path):
                return path
    return ""


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


def agent_of(path: str) -> str:
    """The subagent's id in the name `agent-<id>.jsonl`; "" for any other name."""
    name = os.path.basename(path)
    return name[6:-6] if name.startswith("agent-") and name.endswith(".jsonl") else ""


def session_of(path: str) -> str:
    """The session's uuid that the path names: `<uuid>.jsonl` or `<uuid>/subagents/...`; else ""."""
    parts = path.split(os.sep)
    at = _subagents(parts)
    return parts[at - 1] if at else _uuid(parts[-1].removesuffix(".jsonl"))


def folder_of(path: str) -> str:
    """The name of the client's folder for the project, such as `-home-me-project`."""
    parts = path.split(os.sep)
    return parts[(_subagents(parts) or len(parts)) - 2] if len(parts) > 2 else ""


def _subagents(parts: list[str]) -> int:
    """Where a session's own `subagents` stands in a path; 0 if it is of no subagent.

    The word may stand before that, too: a config directory lies wherever its user wants it.
    """
    for at in range(len(parts) - 2, 0, -1):
        if parts[at] == "subagents":
            return at if _uuid(parts[at - 1]) or agent_of(parts[-1]) else 0
    return 0


def _uuid(word: str) -> str:
    return word[:36] if len(word) >= 36 and word[:36].count("-") == 4 else ""


def of_session(transcript: str) -> Iterator[str]:
    """The session's transcripts: the main one, then its subagents' at any depth, sorted."""
    yield transcript
    yield from below(os.path.join(transcript.removesuffix(".jsonl"), "subagents"))


def below(directory: str, unreadable: dict[str, str] | None = None) -> Iterator[str]:
    """Every transcript below `directory`, files before directories, each sorted.

    Linked directories are followed, each once. What cannot be listed goes into `unreadable`, with
    the reason; a directory that is not there is none.
    """
    yield from _below(directory, set(), {} if unreadable is None else unreadable)


def _below(directory: str, seen: set[tuple[int, int]], unreadable: dict[str, str]) -> Iterator[str]:
    try:
        with os.scandir(directory) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        status = os.stat(directory)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        unreadable[directory] = error.strerror or type(error).__name__
        return
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    for entry in listed:
        if entry.name.endswith(".jsonl") and not _is_dir(entry):
            yield entry.path
    for entry in listed:
        if _is_dir(entry):
            yield from _below(entry.path, seen, unreadable)


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
