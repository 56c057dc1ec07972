"""What the words behind `/costs` ask for: a view, a span of days, or both (hot path)."""

from __future__ import annotations

from itertools import pairwise

from cheaproute.errors import UsageError
from cheaproute.report import date_range

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Sequence

NAMES = ("/costs", "/cheaproute:costs")
TIMES = ("days", "weeks", "months")
VIEWS = (
    *("models", "projects", "project", "sessions", "session", "agents", "sources"),
    *(*TIMES, "misses", "why"),
)
# What people call a view besides, and words that say nothing here.
_ALSO = {
    "daily": "days", "weekly": "weeks", "monthly": "months", "model": "models", "agent": "agents",
    "subagents": "agents", "subagent": "agents", "source": "sources",
}  # fmt: skip
WHOLE = ("weeks", "months")  # of one month they say little
_BY, _FILLING = ("by", "per"), ("in", "of", "for", "on")
_ON_THE_SCREEN = ("limits", "limit")  # a plan's 5 hours and week: the one screen has them
SPANS = date_range.WORDS
FEW = f"models, projects, sessions, days, misses, why; {date_range.FEW}"
KEYS = ("model", "source", "day", "week", "month", "project", "agent", "session")
# Commands of their own that people look for behind this one.
OTHERS = ("cap", "plan", "doctor", "config", "report", "help")
# What shows the same in a terminal, and as a prompt.
TERMINAL = "cheaproute costs"
# What people call a command that has another name, and actions that are one's alone.
_MEANT = {
    "usage": "costs", "cost": "costs", "spend": "costs", "spent": "costs", "bill": "costs",
    "stats": "costs", "status": "doctor", "check": "doctor", "health": "doctor",
    "budget": "cap", "limit": "cap", "limits": "cap", "settings": "config", "set": "config set",
    "html": "report", "page": "report", "savings": "plan", "save": "plan", "optimize": "plan",
    "version": "--version", "install": "setup", "remove": "uninstall", "explain": "why",
    "suggest": "cap suggest", "raise": "cap raise", "unset": "cap unset", "finish": "cap finish",
    "apply": "plan apply", "undo": "plan undo", "open": "report --open",
}  # fmt: skip
_ACTIONS = ("set", "show", "unset", "raise", "finish", "suggest", "apply", "undo", "get", "edit")
# What no command of ours does.
_OFF = "`claude plugin disable cheaproute` switches it off, `CHEAPROUTE_DISABLE=1` for one shell"
_NEWER = "`claude plugin update cheaproute@cheaproute`; in a clone: git pull, then ./install.sh"
ELSEWHERE = {
    **dict.fromkeys(("off", "disable", "stop", "pause"), _OFF),
    **dict.fromkeys(("update", "upgrade"), _NEWER),
}
_LEAST = 3  # letters of a name, to know it by
_ID, _HEX = 8, frozenset("-0123456789abcdef")  # and of a session
_SOME_DAY = 131_072  # far ahead: what is a span does not depend on the day


class Wanted:
    """What was asked for: a view of `VIEWS` or "", the session or project that it is about.

    `span` are the words of the days, `decision` the end of the id of one.
    """

    __slots__ = ("decision", "project", "session", "span", "view")

    def __init__(self) -> None:
        self.view = ""
        self.decision = ""
        self.session = ""
        self.project = ""
        self.span: Sequence[str] = []


def parse(
    words: Sequence[str],
    today: int,
    began: int | None = None,
    *,
    session: str = "",
    name: str = TERMINAL,
) -> Wanted:
    """What `words` ask for: a view, a span of days, or both, in either order.

    `session` is the one that it is asked in, if any; `name` is what the command is called there.

    Raises:
        UsageError: anything else.
    """
    found = Wanted()
    rest = _in_our_words(words)
    found.project = _taken("project", rest, today)
    found.session = _taken("session", rest, today)
    found.decision = _taken("why", rest, today, is_id)
    found.session = found.session or _session(rest)
    for at, word in enumerate(rest):
        if word.lower() in VIEWS and not (at and rest[at - 1].isdecimal()):  # `7 days`
            found.view = word.lower()
            del rest[at]
            break
    named = "session" * bool(found.session) or "project" * bool(found.project)
    found.view = found.view or named or "why" * bool(found.decision)
    if found.view == "session":
        found.session = found.session or session
        if not found.session:
            raise UsageError(
                f"say which session: `{name} sessions` lists them, and the ID is the first column"
            )
    try:
        date_range.parse(rest, today, began)
    except UsageError as error:
        known = (*SPANS, *VIEWS)
        if other := next((one for one in map(str.lower, rest) if found.view and one in VIEWS), ""):
            raise UsageError(f"one view at a time: `{found.view}` or `{other}`") from None
        word = "" if found.view else date_range.meant(" ".join(rest).lower(), known)
        if word in VIEWS:
            raise UsageError(f"there is no view {rest[0]!r}: did you mean `{word}`?") from None
        spans = f"no day or span: there are {date_range.FEW}"
        said = str(error).replace(spans, f"no view, day or span: there are {FEW}")
        raise UsageError(said) from None
    found.span = rest or (["all"] if found.view in WHOLE else [])
    return found


def is_id(word: str) -> bool:
    """Whether it looks like the end of a decision's id: a figure or a capital is within."""
    inner = word.replace("-", "").replace("_", "")
    mixed = len(word) >= _ID and word[1:] != word[1:].lower() and word != word.upper()
    return inner.isascii() and inner.isalnum() and (mixed or any(map(str.isdigit, word)))


def _taken(
    view: str, rest: list[str], today: int, fits: Callable[[str], bool] = lambda _: True
) -> str:
    """The name behind `view`, both taken out of `rest`; "" where what follows is none."""
    for at, (word, name) in enumerate(pairwise(rest)):
        if word.lower() != view or not fits(name):
            continue
        if name.lower() not in VIEWS and not _is_span([name], today):
            del rest[at : at + 2]
            return name
    return ""


def _session(rest: list[str]) -> str:
    """What can be nothing but a session's id, taken out of `rest`; "" where there is none."""
    long = [word for word in rest if len(word) >= _ID and set(word.lower()) <= _HEX]
    found = [word for word in long if is_id(word) and word.strip("-0123456789")]
    return rest.pop(rest.index(found[0])) if found else ""


def _in_our_words(words: Sequence[str]) -> list[str]:
    """`"all models"` as two words, `daily` and `by day` as `days`, without `in` and `of`."""
    found: list[str] = []
    words = () if len(words) == 1 and words[0].lower() in _ON_THE_SCREEN else words
    for part in [part for word in words for part in word.strip("'\"").split()]:
        named = bool(found) and found[-1] in ("project", "session")
        said = part if named else _ALSO.get(part.lower(), part)
        if found and found[-1].lower() in _BY and f"{said.lower().removesuffix('s')}s" in VIEWS:
            found[-1] = f"{said.lower().removesuffix('s')}s"
        elif said.lower() not in _FILLING or named:
            found.append(said)
    return found


def meant(words: Sequence[str], today: int, db: sqlite3.Connection, cwd: str) -> str:
    """`project NAME` where one of `words` is, or is like, a project's name; "" else.

    `models` where a model's name has it. The rest must be a view and a span, and the word not be
    like one of those.
    """
    from cheaproute.report import projects

    words = _in_our_words(words)
    for at, word in enumerate(words if "project" not in words else ()):
        rest = [*words[:at], *words[at + 1 :]]
        days = [one for one in rest if one.lower() not in VIEWS]
        if word.lower() in VIEWS or _is_span([word], today) or not _is_span(days, today):
            continue
        try:
            projects.find(db, word, cwd)
            near = word
        except UsageError:
            slip = date_range.meant(word.lower(), (*VIEWS, *SPANS))
            near = "" if slip else projects.like(db, word)
        if near:
            return " ".join(["project", near, *rest])
        if _of_a_model(db, word):
            return " ".join(["models", *days])
    return ""


def _of_a_model(db: sqlite3.Connection, word: str) -> bool:
    """Whether a model that answered has `word` in its name."""
    names = [str(row[0]) for row in db.execute("SELECT name FROM model")]
    return len(word) >= _LEAST and any(word.lower() in name for name in names)


def instead(words: Sequence[str], known: Collection[str]) -> str:
    """What `words` are meant for, whose first is none of the commands `known`; "" for nothing.

    `cap set 50` for `set cap 50` and `budget 50`, `costs today` for `cost today`.
    """
    name, rest = words[0].lower(), list(words[1:])
    other = next((one for one in (*rest[:1], *[w[:-1] for w in rest[:1]]) if one in known), "")
    if other and name in _ACTIONS:
        return " ".join([other, name, *rest[1:]])
    near = name if name in known else of_costs(name) or _MEANT.get(name, "")
    if not near:
        near = date_range.meant(name, (*known, *VIEWS, *SPANS, "help"))
        near = near if near in known else of_costs(near) or near
    if near == "cap" and rest:
        from cheaproute import money

        return " ".join([near, "set", *rest]) if money.is_amount(rest[0]) else near
    more = " ".join([near, *rest])
    fits = near.startswith("costs") and view(f"/{more}") is not None
    return more if fits or near in ("cap raise", "cap finish", "plan apply") else near


def of_costs(word: str) -> str:
    """`costs models` for `models`, `costs --by source` for `sources`; "" where it is like none."""
    if word in VIEWS or word in SPANS:
        return f"costs {word}"
    if word.removesuffix("s") in KEYS:
        return f"costs --by {word.removesuffix('s')}"
    return ""


def view(prompt: str) -> str | None:
    """The words after the command if all of `prompt` is one ("" for the one screen), else None.

    A question that only begins so is the model's to answer.
    """
    words = prompt.split()
    if not words or words[0] not in NAMES:
        return None
    try:
        parse(words[1:], _SOME_DAY, session="this")
    except UsageError:
        return None
    return " ".join(words[1:])


def _is_span(words: Sequence[str], today: int) -> bool:
    try:
        date_range.parse(words, today)
    except UsageError:
        return False
    return True
