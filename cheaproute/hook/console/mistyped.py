"""A prompt that is plainly meant as a command and is none of the forms: told here, in one line.

Prose is the model's: each word but one must be a command's own, a figure, a file or an option, and
that one must be like a word of the command, or the whole be short and no sentence.
"""

from __future__ import annotations

from cheaproute import errors
from cheaproute.hook.console import forms, prose
from cheaproute.report.terminal import phrase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Words of each command that no form has; a command of the command line that is not here has none.
_MORE = {
    "ask": "", "backup": "", "completion": "bash zsh fish tcsh", "demo": "",
    "cap": "off remove none",
    "flag": "good bad none",
    "export": "json csv api_costs hledger ledger beancount",
    "ledger": "check", "mode": "show undo", "ping": "", "rebuild": "", "restore": "",
    "statusline": "", "uninstall": "", "config": "set unset edit migrate true false open closed",
    "plan": "apply undo replay", "setup": "environment statusline command",
    "team": "init add remove policy join leave status",
}  # fmt: skip
_SPAN = (*phrase.SPANS, *phrase.VIEWS, "since", "from", "until", "to", "last", "this")
# What writes and names something that has no figure in it.
_WRITING = ("plan apply STEP [--yes]", "config set SETTING NAME", "config unset SETTING")
_STEPS = ("step", "window", "cache", "handover", "digests", "subagents", "task", "all")
# What takes a name of the user's behind it: no word there is a slip.
_NAMING = (
    *("ask", "backup", "completion", "demo", "export", "import", "restore", "route", "sync"),
    *("team", "tune", "uninstall"),
)
# These print and change nothing, whatever stands behind them but what `_CHANGING` names.
READERS = ("costs", "why", "prices", "help", "doctor", "plan")
_CHANGING = ("apply", "undo", "--yes")
_MOST, _SHORT = 6, 2
_ARGUMENTS = 3  # and so many, at most, where one of them is like nothing
_FILLING = ("of", "in", "for", "on", "by", "per", "from", "to")
_SHELL = ("|", "||", "&&", ";")
_INSIDE = frozenset("/\\._=~$%:@*")


def meant(words: Sequence[str]) -> bool:
    """Whether `words`, of none of the forms, were meant for `cheaproute` and not for a model."""
    first, rest = words[0], words[1:]
    if alone := _piped(words):
        return forms.recognised(alone) or meant(alone)
    if len(words) > _MOST:
        return False
    if first == "ask" and rest:
        return True  # what stands behind it is prose, and meant for a model of its own
    if any(forms.matches(form, words) for form in _WRITING) or _of_steps(words):
        return True
    argued = _argued(words)
    if first not in _known():
        if not rest:
            return first.replace("-", "").isalpha() and first.islower()
        like = phrase.instead(words, _known()).split()
        if not like:
            return False
        within = all(word in like or word[:-1] in like for word in rest)
        first, *rest = like if within else (*like, *rest)
        if first not in _known():
            return False
        if forms.recognised([first, *rest]):
            return True
    said = [word for word in rest if word not in _FILLING]
    if first == "costs" and len(rest) <= _SHORT and all(map(_bare, rest)):
        return not prose.sentence(said)  # `costs webb`, `costs opus`: a question is longer
    strange = [word for word in rest if not _technical(word, first)]
    own = _words(first)
    if not strange or (len(strange) == 1 and _close(strange[0], own)):
        return True
    unlike = [word for word in strange if not _like(word, first)]
    return argued and len(unlike) <= 1 and not prose.sentence([w for w in rest if w not in own])


def _argued(words: Sequence[str]) -> bool:
    """Whether it is short, and its first word a command or a slip of the pen in one.

    `plans` and `imported` are words of their own.
    """
    first = words[0]
    if len(words) - 1 > _ARGUMENTS:
        return False
    if first in _known():
        return True
    like = _close(first, _known(), 0.82) or next(
        (name for name in _known() if sorted(name) == sorted(first)), ""
    )
    return bool(like) and not first.startswith(like)


def _of_steps(words: Sequence[str]) -> bool:
    """Whether it is `plan apply window cold-return`."""
    return list(words[:2]) in (["plan", "apply"], ["plan", "undo"], ["plan", "show"]) and all(
        "-" in word or word.isdecimal() or word in _STEPS for word in words[2:]
    )


def several(lines: Sequence[Sequence[str]]) -> str:
    """What is said of a prompt of many `lines`, each the words of a command; "" where one is none.

    The client makes one prompt of those that were typed while another was answered.
    """
    if not all(forms.recognised(words) or meant(words) for words in lines):
        return ""
    return (
        f"One command a prompt: these are {len(lines)}, and none of them was run. No model was "
        "asked."
    )


def _piped(words: Sequence[str]) -> Sequence[str]:
    """The words of a command before what only a shell knows; none where there is no such thing."""
    at = next((n for n, word in enumerate(words) if word in _SHELL), 0)
    return words[:at] if words[0] in _known() else []


def reads(words: Sequence[str]) -> bool:
    """Whether the command itself may say what is wrong with `words`."""
    return words[0] in READERS and not any(word in (*_CHANGING, *_SHELL) for word in words)


def line(words: Sequence[str], terminal: str) -> str:
    """What is said of `words` that are `meant`; `terminal` is what starts us in a terminal."""
    first = words[0]
    if alone := _piped(words):
        return (
            f"One command a prompt, and no `{words[len(alone)]}`: `cheaproute {' '.join(alone)}`, "
            "typed alone, is answered. No model was asked."
        )
    if first not in _known():
        like = phrase.instead(words, _known())
        hint = f"did you mean `cheaproute {like}`?" if like else "`cheaproute help` lists them."
        hint = f"{phrase.ELSEWHERE[first]}." if first in phrase.ELSEWHERE else hint
        return f"There is no command `{first[:40]}`: {hint} No model was asked."
    if doubt := _strange(words):
        return f"`cheaproute {first}` does not know {doubt} No model was asked."
    deed = words[1] if words[1:] and words[1] in _words(first) else ""
    said = first if deed in ("", *_SPAN) else f"{first} {deed}"
    return (
        f"`cheaproute {said}` is for a terminal: nothing was changed, and no model was asked. "
        f"`cheaproute help {first}` says more." + _way(words, terminal)
    )


def _strange(words: Sequence[str]) -> str:
    """The word that the command does not know, and what helps; "" where any name may stand."""
    first = words[0]
    strange = [word for word in words[1:] if not _technical(word, first)]
    word, like = next(((word, like) for word in strange if (like := _like(word, first))), ("", ""))
    if like:
        return f"`{word[:40]}`: did you mean `{like}`?"
    named = first in _NAMING or any(forms.matches(form, words) for form in _WRITING)
    if not strange or named or _of_steps(words):
        return ""
    return f"`{strange[0][:40]}`: `cheaproute help {first}` says what it does."


def _like(word: str, first: str) -> str:
    """The word of the command, or its option, that `word` is like; "" where there is none."""
    options = [
        part.strip("[-]")
        for form in forms.FORMS
        for name, *parts in [form.split()]
        for part in parts
        if name == first and part.startswith("[--")
    ]
    option = _close(word, options)
    return _close(word, _words(first)) or (f"--{option}" if option else "")


def _way(words: Sequence[str], terminal: str) -> str:
    """What works where a terminal finds no `cheaproute`, "" where it finds one."""
    if terminal == "cheaproute":
        return ""
    up = "`cheaproute setup command --yes`, typed here, puts a `cheaproute` there"
    if list(words[:2]) == ["setup", "command"]:
        return f" {up}."
    return f" A terminal does not find `cheaproute` yet: {up}, and `{terminal}` works without it."


def near(word: str) -> str:
    """The command that `word` is like, "" where there is none."""
    return _close(word, _known())


def _known() -> list[str]:
    return sorted({*forms.NAMES, *_MORE})


def _words(first: str) -> list[str]:
    """The words that a command has: of its forms, of its spans, and those of `_MORE`."""
    found = set(_MORE.get(first, "").split())
    for form in forms.FORMS:
        name, *parts = form.split()
        if name == first:
            found.update(part for part in parts if part.islower() and part[0] not in "[-")
            if {"SPAN", "SPAN]"} & set(parts):
                found.update(_SPAN)
            if "KEY]" in parts:
                found.update(forms.KEYS)
    if first == "export":
        found.update(_SPAN)
    if first == "cap":
        from cheaproute.cap import periods

        found.update(periods.WORDS)
    if first == "plan":
        found.update(_STEPS)
    return sorted(found)


def _technical(word: str, first: str) -> bool:
    """Whether `word` is no word of prose: an option, a figure, a file, a quoted text, our own."""
    return (
        word.startswith("-")
        or any(letter.isdigit() for letter in word)
        or " " in word
        or bool(_INSIDE & set(word[:-1]))
        or word in _words(first)
        or ("since" in _words(first) and forms.is_span(word))
    )


def _bare(word: str) -> bool:
    """Whether no sign of a sentence is in it."""
    return word.replace("-", "").replace("_", "").isalnum()


def _close(word: str, names: Sequence[str], least: float = 0.7) -> str:
    return errors.near(word.lower(), names, least)
