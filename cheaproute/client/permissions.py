"""The user's own `Read` rules: what `deny` or `ask` names is sent nowhere (hot path).

Rules are in gitignore's notation; `//x` is absolute, `~/x` below home, `/x` below the directory of
the settings' project, anything else below any directory. Where a rule can be understood in two
ways it is taken to deny: Claude Code has let the read pass already, this only withholds a digest.
"""

from __future__ import annotations

import json
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MANAGED = (
    "/etc/claude-code/managed-settings.json",
    "/Library/Application Support/ClaudeCode/managed-settings.json",
)


def rules(claude_dir: str, project: str) -> list[str]:
    """The patterns of all `Read` rules in force for `project`; "" stands for every file."""
    files = (
        os.path.join(claude_dir, "settings.json"),
        os.path.join(project, ".claude", "settings.json"),
        os.path.join(project, ".claude", "settings.local.json"),
        *MANAGED,
    )
    return [pattern for file in files for pattern in _of_file(file)]


def matches(path: str, patterns: Iterable[str], *, project: str, home: str) -> bool:
    """Whether one of `patterns` names the absolute `path`, or a directory it lies in."""
    path = path.replace("\\", "/")
    try:
        return any(_matches(path, pattern, project, home) for pattern in patterns)
    except re.error:  # a rule such as `[z-a]`
        return True


def _of_file(file: str) -> list[str]:
    try:
        with open(file, "rb") as opened:
            permissions = json.loads(opened.read())["permissions"]
        said = [*permissions.get("deny", ()), *permissions.get("ask", ())]
    except FileNotFoundError:
        return []
    except (KeyError, TypeError, AttributeError):
        return []  # it has no rules
    except (OSError, ValueError):
        return [""]  # it may have some, and cannot be read: all is denied
    rules = [rule.strip() for rule in said if isinstance(rule, str)]
    return [rule[5:-1] for rule in rules if re.fullmatch(r"Read(\(.*\))?", rule, re.DOTALL)]


def _matches(path: str, pattern: str, project: str, home: str) -> bool:
    pattern = pattern.replace("\\", "/")
    if pattern in ("", "*", "**", "/**", "//**"):
        return True
    if pattern.startswith("//"):
        place, pattern = "", pattern[2:]
    elif pattern.startswith("~/"):
        place, pattern = home.rstrip("/"), pattern[2:]
    elif pattern.startswith("/"):
        # Of the user's own settings it is the project, or the root as people write it.
        return _matches(path, f"/{pattern}", project, home) or _below(path, project, pattern[1:])
    else:
        return re.search("(?:^|/)" + _expression(pattern.removeprefix("./")), path) is not None
    return _below(path, place, pattern)


def _below(path: str, place: str, pattern: str) -> bool:
    place = place.replace("\\", "/").rstrip("/")
    return re.match(re.escape(place) + "/" + _expression(pattern), path) is not None


def _expression(pattern: str) -> str:
    """Gitignore's signs as a regular expression that ends at a name's end; case is ignored."""
    out = "(?i:"
    for piece in re.findall(r"\*\*/?|\*|\?|\[[^\]]*\]|.", pattern.rstrip("/"), re.DOTALL):
        if piece == "**/":
            out += "(?:.*/)?"
        elif piece == "**":
            out += ".*"
        elif piece == "*":
            out += "[^/]*"
        elif piece == "?":
            out += "[^/]"
        elif piece[0] == "[" and len(piece) > 1:
            out += piece.replace("[!", "[^", 1)
        else:
            out += re.escape(piece)
    return out + ")(?:/|$)"
