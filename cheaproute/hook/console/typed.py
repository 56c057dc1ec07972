"""A command typed as a prompt: recognised by its whole text, run here, answered with no API call.

A prompt may be a schedule's, a file's or a model's: it can show and tighten, and the command itself
refuses to allow more. What is none of `forms.FORMS`, nor plainly meant for one, is a prompt like
any other.
"""

from __future__ import annotations

from cheaproute.config import paths
from cheaproute.hook import answer, gate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

_START = "from cheaproute.cli.main import main; sys.exit(main())"
# A hook has ten seconds, the module asks for twenty.
_LIMIT_S, _MODULE_LIMIT_S = 7, 15
_LONGEST = 20_000  # letters; no form is longer, and a prompt may be a file
_LINES = 20
# A slip of the pen is as long as our name, nearly, and has no other letters.
_NEARLY, _LETTERS = 8, frozenset("cheaproute")


def said(event: Event, context: Context, *, columns: int = 0, module: bool = False) -> str | None:
    """What the command answers; None if the prompt is no such command.

    `columns`: of the screen it is shown on; `module`: it is asked by the module, which can wait.
    """
    words = split(event.prompt)
    if words is None:
        return _of_lines(event.prompt) or _slip(event.prompt)
    from cheaproute.hook.console import forms  # few prompts come so far

    words = words or ["help"]
    if not forms.recognised(words):
        from cheaproute.hook.console import mistyped  # seldom

        if "cheaproute" not in event.prompt or not mistyped.meant(words):
            return None
        if not mistyped.reads(words):
            return f"{answer.TAG} {mistyped.line(words, paths.command(context.env))}"
    limit_s = _MODULE_LIMIT_S if module else _LIMIT_S
    context.more_s = limit_s - _LIMIT_S
    return run(words, event, context, columns=columns, limit_s=limit_s)


def of_costs(prompt: str) -> str:
    """`/costs today --json` as the command line's; "" for what has no option, or is another."""
    from cheaproute.report.terminal import phrase

    name, _, rest = prompt.partition(" ")
    return f"cheaproute costs {rest}" if name in phrase.NAMES and " --" in prompt else ""


def _of_lines(prompt: str) -> str | None:
    """What is said of several commands in one prompt; None if it is anything else."""
    lines = prompt[:_LONGEST].strip().splitlines()
    found = [split(text) for text in lines[: _LINES + 1] if text.strip()]
    if not 1 < len(found) <= _LINES or None in found:
        return None
    from cheaproute.hook.console import mistyped

    told = mistyped.several([words or ["help"] for words in found])
    return f"{answer.TAG} {told}" if told else None


def _slip(prompt: str) -> str | None:
    """What is said of a command behind a name that is nearly ours; None if it is none."""
    first, _, rest = prompt[:_LONGEST].strip().partition(" ")
    name = first.removeprefix("/")
    if not (_NEARLY <= len(name) <= _NEARLY + 4 and name[:2] == "ch" and _LETTERS.issuperset(name)):
        return None
    words = split(f"cheaproute {rest}")
    from cheaproute.hook.console import forms, mistyped

    if not words or not (forms.recognised(words) or mistyped.meant(words)):
        return None
    return (
        f"{answer.TAG} There is no `{name}`: did you mean `cheaproute {' '.join(words)}`? "
        "No model was asked."
    )


def split(prompt: str) -> list[str] | None:
    """The words after `cheaproute`, quoted ones as one; None if the prompt begins otherwise."""
    if len(prompt) > _LONGEST:
        return None
    text = prompt.strip().removeprefix("!").lstrip().removeprefix("/")
    if text[:10].lower() != "cheaproute" or "\n" in text:  # a phone begins with a capital
        return None
    if "'" in text or '"' in text:
        import shlex

        try:
            words = shlex.split(text)
        except ValueError:
            return None
    else:
        words = text.split()
    if words[0].lower() != "cheaproute":
        return None
    found = [words[1].lower() if words[1].istitle() else words[1], *words[2:]] if words[1:] else []
    if found and found[-1][-1:] in (".", "!"):  # a phone makes a sentence of it
        from cheaproute.hook.console import forms

        bare = [*found[:-1], found[-1].rstrip(".!")]
        found = bare if forms.recognised(bare) else found
    return found


def run(
    words: Sequence[str],
    event: Event,
    context: Context,
    *,
    columns: int = 0,
    limit_s: float = _LIMIT_S,
) -> str:
    """What `cheaproute WORDS` prints here within `limit_s`, for a screen of `columns`."""
    import os
    import subprocess

    from cheaproute.cap.answers import messages
    from cheaproute.config.venv import spawn, status
    from cheaproute.report.terminal import draw, size

    context.late = _cut(
        words, "", paths.command(context.env)
    )  # said where all of it takes too long
    gate.meter(event, context)
    context.close()  # the command writes; our own connection need not be there
    env = dict(context.env)
    env["CLAUDE_CODE_SESSION_ID"] = event.session
    env[messages.TYPED] = "1"
    env.pop(messages.CONFIRMED, None)
    if event.raw.get("confirmed") is True:
        env[messages.CONFIRMED] = "1"
    columns = columns or size.columns(env, size.BESIDE_TEXT) or draw.WIDTH
    env["CHEAPROUTE_COLUMNS"] = env["COLUMNS"] = str(columns)
    python = status.python(env) if status.ready(env) else ""
    start = spawn.command(_START, *words, python=python, libraries=True)
    cwd = event.cwd if os.path.isdir(event.cwd) else None
    try:
        done = spawn.run(env, start, limit_s, cwd=cwd)
    except subprocess.TimeoutExpired as late:
        told = (late.stdout or b"").decode("utf-8", "replace").rstrip()
        return _cut(words, told, paths.command(context.env))
    text = (done.stdout + done.stderr).decode("utf-8", "replace").rstrip()
    return f"{answer.TAG}\n{text}"


def _cut(words: Sequence[str], told: str, command: str) -> str:
    """What is said of a command that does not end in time: `told`, and what to run for the rest."""
    import shlex

    late = "takes longer than a prompt may"
    said = f"`cheaproute {words[0]}` {late}"
    run = f"`{command} {shlex.join(words)}`"
    if told:
        return f"{answer.TAG}\n{told}\n{said}: for the rest run {run} in a terminal."
    return f"{answer.TAG} {said}: run {run} in a terminal."
