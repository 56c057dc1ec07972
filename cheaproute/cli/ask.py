"""`cheaproute ask`: a question to Haiku about files, of any length."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

from cheaproute.cli import model_calls
from cheaproute.cli.context import Context
from cheaproute.client import permissions
from cheaproute.delegate import documents as sources
from cheaproute.delegate.ask import Asker, Progress
from cheaproute.delegate.secrets import place
from cheaproute.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words of the command."""
    parser.add_argument("question", help="what to find out; quote it")
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="files or patterns to read; - is stdin"
    )
    parser.add_argument("--json", action="store_true", help="the answer and its figures as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Stream the answer to stdout and say what it took on stderr."""
    if not args.question.strip():
        raise UsageError("the question is empty")
    _is_one(args.question, args.files)
    _in_quotes(args.question, args.files)
    documents = sources.read(args.files, lambda: _stdin(context), _keeper(context))
    paying = model_calls.open_purse(context, "ask")
    model = model_calls.section(context, "models")["haiku"]
    timeout_s = model_calls.section(context, "delegate")["timeout_s"]
    with _progress(context) as progress:
        asker = Asker(paying, model, timeout_s, progress)
        reply = asker.ask(
            args.question, documents, (lambda _text: None) if args.json else context.out.write
        )
    figures = model_calls.figures(paying, reply)
    if args.json:
        context.out.json({"answer": reply.text, **figures})
        return 0
    if not reply.text.endswith("\n"):
        context.out.line()
    if reply.stop_reason == "max_tokens":
        context.say("cheaproute: the answer was cut: it is as long as an answer may be")
    context.say(f"{model_calls.line(figures)}")
    return 0


def _is_one(question: str, files: Sequence[str]) -> None:
    """Say how a file is asked about, where it alone was named.

    Raises:
        UsageError: the question is none, but the name of a file.
    """
    if not files and os.path.isfile(question):
        said = shlex.quote(question)
        raise UsageError(f'what do you want to know of it? ask "QUESTION" {said}')


def _in_quotes(question: str, files: Sequence[str]) -> None:
    """Say how a question of several words is asked, where the words behind it are no files.

    Raises:
        UsageError: it is such a one.
    """
    words = list(takewhile(lambda one: one.isalpha() and not os.path.exists(one), files))
    if words and not question.strip().count(" "):
        said = shlex.join([" ".join([question, *words]), *files[len(words) :]])
        raise UsageError(f"{words[0]}: no such file; a question goes in quotes: ask {said}")


def _keeper(context: Context) -> Callable[[Sequence[str]], str]:
    """Looks at names and places of files as it is done for digests."""
    env = context.env
    project = env.get("CLAUDE_PROJECT_DIR") or os.getcwd()
    rules = permissions.rules(env, project)
    return lambda ways: place.why_kept(ways, rules, env, project)


def _stdin(context: Context) -> bytes:
    buffer = getattr(context.stdin, "buffer", None)
    return buffer.read() if buffer is not None else context.stdin.read().encode()


@contextmanager
def _progress(context: Context) -> Iterator[Progress]:
    """A bar on stderr while parts are read, gone before the answer begins; nothing for a pipe."""
    if not context.err.terminal:
        yield lambda _done, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("reading parts"), BarColumn(), MofNCompleteColumn()
    bar = Bar(*columns, console=Console(file=context.err.stream), transient=True)
    task = bar.add_task("")

    def tell(done: int, of: int) -> None:
        if done == 0:
            bar.start()
        bar.update(task, completed=done, total=of)
        if done + 1 >= of:  # what is left is the answer itself
            bar.stop()

    try:
        yield tell
    finally:
        bar.stop()
