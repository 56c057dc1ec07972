"""Model names: the many spellings of one model, brought to the one the price table uses."""

from __future__ import annotations

# What Claude Code writes where no model answered (an interruption, an API error): it costs nothing.
SYNTHETIC = "<synthetic>"

# Families by rising price; the place is the rank.
FAMILIES = ("haiku", "sonnet", "opus", "fable", "mythos")

_RENAMED = {"claude-opus-4": "claude-opus-4-0", "claude-sonnet-4": "claude-sonnet-4-0"}


def canonical(name: str) -> str:
    """`name` without what does not change its price: provider, region, date, version, window.

    `us.anthropic.claude-haiku-4-5-20251001-v1:0`, `claude-haiku-4-5@20251001` and
    `claude-haiku-4-5[1m]` are all `claude-haiku-4-5`. A name without "claude" stays as it is.
    """
    start = name.find("claude-")
    if start < 0:
        return name
    short = name[start:]
    for mark in ("[", "@", ":"):
        short = short.partition(mark)[0]
    words = short.replace(".", "-").split("-")
    if words[-1] in ("latest", "v1", "v2", "v3"):
        words.pop()
    if len(words[-1]) == 8 and words[-1].isdigit():
        words.pop()
    if words[-1] in ("v1", "v2", "v3"):
        words.pop()
    short = "-".join(words)
    return _RENAMED.get(short, short)


def family(name: str) -> str:
    """The family of a model id or alias, "" for one not known."""
    return next((one for one in FAMILIES if one in name), "")
