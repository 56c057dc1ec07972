"""Which reads are bulk: the one list of kinds (hot path, pure).

hooks.json is generated from it (`python -m tools.hooks_json`), so that a read of any other file
starts no process; the setting `digest.kinds` chooses among them.
"""

from __future__ import annotations

from cheaproute import globs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

# Patterns of file names, by kind, in lower case; `*` is any text.
KINDS = {
    "log": ("*.log", "*.log.[0-9]*", "*.out", "*.trace"),
    "lock": (
        "*.lock",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "go.sum",
    ),
    "data": ("*.jsonl", "*.ndjson", "*.csv", "*.tsv", "*.sql"),
    "generated": ("*.min.js", "*.min.css", "*.map"),
}


def kind(path: str) -> str:
    """The kind of the file at `path`, "" if it is not a bulk one."""
    name = _name(path)
    for word, patterns in KINDS.items():
        if any(globs.name(name, pattern) for pattern in patterns):
            return word
    return ""


def wanted(path: str, kinds: Collection[object]) -> bool:
    """Whether the file at `path` is of one of the `kinds` the user wants digested."""
    return kind(path) in kinds


def _name(path: str) -> str:
    return path.lower().replace("\\", "/").rpartition("/")[2]
