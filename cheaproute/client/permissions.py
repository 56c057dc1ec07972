"""The user's own `Read` rules: what `deny` or `ask` names is sent nowhere (hot path).

Rules are in gitignore's notation; `//x` is absolute, `~/x` below home, `/x` below the directory of
the settings' project, anything else below any directory. Where a rule can be understood in two
ways, or in none, it is taken to deny: Claude Code has let the read pass already, this only
withholds a digest.
"""

from __future__ import annotations

from cheaproute import globs
from cheaproute.client import settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping

# More rules than this are no person's.
MOST_RULES = 2_000
# Signs compared for all rules together, which takes about a second: more is meant to take time.
MOST_SIGNS = 2_000_000
_EVERYTHING = ("", "*", "**", "/**", "//**")
_BRACES, _CLASS = r"\{[^{}]{0,1000}\}", r"\[\[:\^?\w{1,20}:\]\]"


def rules(env: Mapping[str, str], cwd: str) -> list[str]:
    """The patterns of all rules against reading that may be in force; "" stands for every file."""
    found: list[str] = []
    for layer in settings.layers(env, cwd):
        if layer.content is None:
            return [""]  # it may have some, and cannot be read: all is denied
        found += _of(layer.content)
    return found if len(found) <= MOST_RULES else [""]


def matches(path: str, patterns: Iterable[str], *, project: str, home: str) -> bool:
    """Whether one of `patterns` names the absolute `path`, or a directory it lies in.

    Where there is more to compare than there is time for, one does.
    """
    path, project, home, *patterns = map(_one_form, (path, project, home, *patterns))
    path = path.replace("\\", "/")
    room = globs.Room(MOST_SIGNS)
    try:
        return any(
            _matches(path, one, project, home, room) for rule in patterns for one in _read(rule)
        )
    except globs.Odd:
        return True


def _of(content: dict[str, object]) -> list[str]:
    permissions = content.get("permissions")
    said: list[object] = []
    if isinstance(permissions, dict):
        for word in ("deny", "ask"):
            rules = permissions.get(word)
            said += rules if isinstance(rules, list) else []
    found = [pattern for rule in said if isinstance(rule, str) for pattern in _pattern(rule)]
    sandbox = content.get("sandbox")
    files = sandbox.get("filesystem") if isinstance(sandbox, dict) else None
    denied = files.get("denyRead") if isinstance(files, dict) else None
    return found + [place for place in denied or () if isinstance(place, str)]


def _one_form(text: str) -> str:
    """`text` with each letter in one piece: a Mac keeps names in two, and finds them by either."""
    if text.isascii():
        return text
    from unicodedata import normalize

    return normalize("NFC", text)


def _pattern(rule: str) -> list[str]:
    """What a rule on `Read` names; nothing of a rule on another tool."""
    rule = rule.strip()
    if rule == "Read":
        return [""]
    if rule.startswith("Read(") and rule.endswith(")"):
        return [rule[5:-1]]
    return []


def _read(pattern: str) -> list[str]:
    """`pattern`, and as it may be meant: the client takes `{a,b}` by its letters."""
    if "{" not in pattern and "[[:" not in pattern:
        return [pattern]
    import re  # hardly any rule has one

    meant, before = re.sub(_CLASS, "?", pattern), ""
    while meant != before:  # the inner ones first
        before = meant
        meant = re.sub(_BRACES, _any_of, before)
    return [pattern, meant]


def _any_of(braces: re.Match[str]) -> str:
    return "**" if "/" in braces[0] or "**" in braces[0] else "*"


def _matches(path: str, pattern: str, project: str, home: str, room: globs.Room) -> bool:
    pattern = pattern.strip().replace("\\", "/")
    if pattern in _EVERYTHING:
        return True
    if pattern.startswith("//"):
        return globs.below(path, pattern, room)
    if pattern.startswith("~/"):
        return _under(path, home, pattern[2:], room)
    if pattern.startswith("/"):
        # Of the user's own settings it is the project, or the root as people write it.
        return globs.below(path, pattern, room) or _under(path, project, pattern, room)
    return globs.anywhere(path, pattern, room)


def _under(path: str, place: str, pattern: str, room: globs.Room) -> bool:
    place = place.replace("\\", "/").rstrip("/").lower() + "/"
    return path.lower().startswith(place) and globs.below(path[len(place) :], pattern, room)
