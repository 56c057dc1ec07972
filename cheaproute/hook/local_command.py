"""A command typed as a prompt: recognised by its whole text, run here, answered with no API call.

A prompt may be a schedule's, a file's or a model's: it can show and tighten, and the command itself
refuses to allow more. What is none of `FORMS` is a prompt like any other.
"""

from __future__ import annotations

from cheaproute.config.venv import spawn, status
from cheaproute.hook import answer, gate
from cheaproute.report.terminal import command, draw, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

_START = "from cheaproute.cli.main import main; sys.exit(main())"
_TIMEOUT_S = 7
_LONGEST = 20_000  # letters; no form is longer, and a prompt may be a file
# Words that stand for themselves; capitals for what varies; [option] or [option VALUE] in any
# order, each at most once. TEXT is one quoted text.
FORMS = (
    "help", "--help", "--version",
    "costs SPAN [--by KEY] [--project NAME] [--since DAY] [--until DAY] [--month MONTH]",
    "costs --explain",
    "why [--last]", "why ID", "flag ID VERDICT",
    "cap [--json]", "cap show [--json]", "cap --help",
    "cap set AMOUNT [--day AMOUNT] [--session AMOUNT]",
    "cap set [--month AMOUNT] [--day AMOUNT] [--session AMOUNT]",
    "cap raise AMOUNT [--month] [--day] [--session] [--session ID] [--until-reset] [--for-good]",
    "cap finish AMOUNT [--session ID]", "cap unset [--month] [--day] [--session]",
    "cap suggest [--apply]", "cap raise",
    "plan", "plan show STEP", "plan SPAN", "plan [--since DAY]",
    "tune", "tune [--days ID] [--backtest]", "mode",
    "route TEXT", "prices [--all]", "config", "config show", "config path", "config get SETTING",
    "doctor", "import",
    "setup command --yes", "report SPAN [--open] [--since DAY]", "sync [--status]",
)  # fmt: skip


def said(event: Event, context: Context, *, columns: int = 0) -> str | None:
    """What the command answers; None if the prompt is no such command."""
    words = split(event.prompt)
    if words is None or not recognised(words):
        return None
    return run(words, event, context, columns=columns)


def split(prompt: str) -> list[str] | None:
    """The words after `cheaproute`, quoted ones as one; None if the prompt begins otherwise."""
    if len(prompt) > _LONGEST:
        return None
    text = prompt.strip().removeprefix("!").lstrip().removeprefix("/")
    if not text.startswith("cheaproute") or "\n" in text:
        return None
    if "'" in text or '"' in text:
        import shlex

        try:
            words = shlex.split(text)
        except ValueError:
            return None
    else:
        words = text.split()
    return words[1:] if words[0] == "cheaproute" and len(words) > 1 else None


def recognised(words: Sequence[str]) -> bool:
    """Whether `words` are one of `FORMS`, from the first to the last."""
    return any(_matches(form.split(), words) for form in FORMS)


def run(words: Sequence[str], event: Event, context: Context, *, columns: int = 0) -> str:
    """What `cheaproute WORDS` prints here, for a screen of `columns`."""
    import os
    import subprocess

    gate.meter(event, context)
    context.close()  # the command writes; our own connection need not be there
    env = dict(context.env)
    env["CLAUDE_CODE_SESSION_ID"] = event.session
    env["CHEAPROUTE_COLUMNS"] = str(columns or size.columns(env, size.BESIDE_TEXT) or draw.WIDTH)
    python = status.python(env) if status.ready(env) else ""
    start = spawn.command(_START, *words, python=python, libraries=True)
    cwd = event.cwd if os.path.isdir(event.cwd) else None
    try:
        done = spawn.run(env, start, _TIMEOUT_S, cwd=cwd)
    except subprocess.TimeoutExpired:
        return f"{answer.TAG} `cheaproute {words[0]}` takes longer than a prompt: use a terminal."
    text = (done.stdout + done.stderr).decode("utf-8", "replace").rstrip()
    return f"{answer.TAG}\n{text}"


def _matches(form: list[str], words: Sequence[str]) -> bool:
    fixed, options = _parts(form)
    rest = list(words)
    used = []
    for at in range(len(rest) - 1, -1, -1):
        if not rest[at].startswith("--") or rest[at] in fixed:
            continue
        option = rest[at]
        value = rest[at + 1] if at + 1 < len(rest) else ""
        if option in used or option not in options:
            return False
        kind = next((k for k in options[option] if k and value and _is(k, value)), "")
        if not kind and "" not in options[option]:
            return False
        used.append(option)
        del rest[at : at + 1 + bool(kind)]
    for at, part in enumerate(fixed):
        if part == "SPAN":
            return _is("SPAN", " ".join(rest[at:]))
        if at >= len(rest) or not (_is(part, rest[at]) if part.isupper() else part == rest[at]):
            return False
    return len(rest) == len(fixed)


def _parts(form: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    """The words in their places, and the options with what may follow each ("" for nothing)."""
    fixed: list[str] = []
    options: dict[str, list[str]] = {}
    for at, word in enumerate(form):
        if word.startswith("["):
            bare = word.endswith("]")
            kinds = options.setdefault(word.strip("[]"), [])
            kinds.append("" if bare else form[at + 1].rstrip("]"))
        elif not word.endswith("]"):
            fixed.append(word)
    return fixed, options


def _is(kind: str, word: str) -> bool:
    return _KINDS[kind](word)


def _id(word: str) -> bool:
    return (
        word.isascii()
        and word.replace("-", "").replace("_", "").isalnum()
        and any(letter.isdigit() for letter in word)
    )


def _amount(word: str) -> bool:
    from cheaproute import money
    from cheaproute.errors import UsageError

    try:
        return money.parse(word) > 0
    except UsageError:
        return False


def _setting(word: str) -> bool:
    from cheaproute.config import table

    return any(key == word or key.startswith(word + ".") for key in table.SETTINGS)


_KINDS: dict[str, Callable[[str], bool]] = {
    "AMOUNT": _amount,
    "ID": _id,
    "SETTING": _setting,
    "SPAN": lambda text: command.view(f"/costs {text}") is not None,
    "DAY": lambda text: command.view(f"/costs since {text}") is not None,
    "MONTH": lambda text: command.view(f"/costs {text}") is not None,
    "KEY": lambda text: text in ("model", "source", "day", "week", "month", "project", "agent",
                                 "session"),
    "STEP": lambda text: text.replace("-", "").isalnum() and len(text) < 40,
    "NAME": lambda text: not text.startswith("-"),
    "TEXT": lambda text: " " in text,
    "VERDICT": lambda text: text in ("good", "bad", "none"),
}  # fmt: skip
