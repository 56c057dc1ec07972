"""What argparse complains about, in one line of our own that names what to type."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable

from cheaproute import errors

_UNKNOWN = re.compile(r"unrecognized arguments: (.+)", re.DOTALL)
_LACKING = re.compile(r"the following arguments are required: (.+)", re.DOTALL)
_ABOUT = re.compile(r"argument (\S+?): (.+)", re.DOTALL)
_WRONG = re.compile(r"invalid (?:choice|(\w+) value): ('.*?'|\".*?\")(?: \(.*)?", re.DOTALL)
_SHORT = re.compile(r"ambiguous option: (\S+) could match (.+)", re.DOTALL)
_NO_KIND = ("what",)  # words of ours that say nothing of what is lacking
_KINDS = {"int": "a whole number", "float": "a number", "parse": "an amount"}


def said(parser: argparse.ArgumentParser, message: str) -> str:
    """`message` in our words; what is none of argparse's usual ones stays as it is."""
    if found := _UNKNOWN.fullmatch(message):
        return _unknown(parser, found[1])
    if found := _LACKING.fullmatch(message):
        lacking = found[1].split(", ")
        choices = [str(one) for name in lacking for one in _choices(parser, name)]
        there = f": {', '.join(choices)}" if choices else ""
        return f"`{parser.prog}` wants {' and '.join(lacking)}{there}"
    if found := _SHORT.fullmatch(message):
        return f"{found[1]} may be {found[2].replace(', ', ' or ')}: write it out"
    if found := _ABOUT.fullmatch(message):
        return _about(parser, found[1], found[2])
    return message


def no_setting(word: str, names: Iterable[str]) -> str:
    """That `word` is none of the settings `names`, and which one it is like."""
    close = errors.near(word, names)
    hint = f"did you mean `{close}`?" if close else "`cheaproute config` lists them"
    return f"{word} is not a setting: {hint}"


def _unknown(parser: argparse.ArgumentParser, words: str) -> str:
    word = words.split(" ", 1)[0]
    name = word.partition("=")[0]
    meant = errors.near(f"--{name.lstrip('-')}", (one for one in _options(parser) if one != name))
    hint = f": did you mean {meant}?" if meant else ""
    if not word.startswith("-"):
        return f"`{parser.prog}` does not know what to do with `{words}`{hint}"
    return f"`{parser.prog}` has no option {name}{hint}"


def _options(parser: argparse.ArgumentParser) -> list[str]:
    """All that are shown, those of its subcommands too: who complains is the command above."""
    found: list[str] = []
    for action in _shown(parser):
        found += action.option_strings
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            found += (name for one in action.choices.values() for name in _options(one))
    return found


def _about(parser: argparse.ArgumentParser, name: str, problem: str) -> str:
    action = next((one for one in _shown(parser) if _is(one, name)), None)
    choices = _choices(parser, name)
    wrong = _WRONG.fullmatch(problem)
    if problem.startswith("expected"):
        return f"{name} wants a value{_like(action)}"
    if wrong and choices:
        word = wrong[2][1:-1]
        meant = errors.near(word, choices)
        known = f"did you mean `{meant}`?" if meant else f"there are {', '.join(choices)}"
        if action is not None and not action.option_strings:
            kind = f"{name.lower()} " if name.isalpha() and name.lower() not in _NO_KIND else ""
            return f"`{parser.prog}` has no {kind}`{word}`: {known}"
        return f"{name} cannot be `{word}`: {known}"
    if wrong:
        return f"{name} wants {_KINDS.get(wrong[1] or '', 'a value')}, not {wrong[2]}"
    if problem.startswith("not allowed with argument "):
        return f"{name} and {problem.rpartition(' ')[2]} exclude each other"
    return f"{name}: {problem}"


def _choices(parser: argparse.ArgumentParser, name: str) -> list[str]:
    action = next((one for one in _shown(parser) if _is(one, name)), None)
    return [str(one) for one in action.choices] if action and action.choices else []


def _shown(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [one for one in parser._actions if one.help != argparse.SUPPRESS]  # noqa: SLF001


def _is(action: argparse.Action, name: str) -> bool:
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest
    return name in action.option_strings or name in (
        "/".join(action.option_strings), metavar, action.dest
    )  # fmt: skip


def _like(action: argparse.Action | None) -> str:
    if action is None or not action.option_strings:
        return ""
    shown = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    return f": `{action.option_strings[-1]} {shown}`"
