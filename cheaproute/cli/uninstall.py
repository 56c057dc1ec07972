"""`cheaproute uninstall`: take away what the installer and the plugin made."""

from __future__ import annotations

import argparse
import os
import subprocess

from cheaproute.cli import authority, plan_apply
from cheaproute.cli.context import Context
from cheaproute.config import changes, paths
from cheaproute.config.venv import spawn, status
from cheaproute.errors import CheaprouteError

_WAIT_S = 60
_UNDO = """
import os
from cheaproute.cli import uninstall
from cheaproute.cli.context import Context
uninstall.undo_plan(Context(os.environ), whole=sys.argv[1] == "whole")
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "--purge", action="store_true", help="the ledger, the log and config.toml, too"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, context: Context) -> int:
    """Hand over to `install.sh --uninstall`, which outlives the environment it removes.

    Raises:
        CheaprouteError: there is no such script, nothing that runs it, nobody to ask, or a cap
            would end by it and it is not seen to be a person who asks.
    """
    script = os.path.join(paths.ROOT, "install.sh")
    if not os.path.isfile(script):
        raise CheaprouteError(
            "installed as a Python package: `pip uninstall cheaproute` removes it"
        )
    shell = "/bin/sh"
    if not os.access(shell, os.X_OK):
        data = paths.data_dir(context.env)
        raise CheaprouteError(
            "no /bin/sh here: run `claude plugin uninstall cheaproute@cheaproute`, then delete "
            f"{data} (the ledger is in it)"
        )
    if not (args.yes or context.stdin.isatty()):
        more = " (with --purge the ledger is deleted, too)" if args.purge else ""
        raise CheaprouteError(f"nobody can be asked here: `cheaproute uninstall --yes`{more}")
    authority.before_all_ends(context)
    rest = "are asked about after that" if args.purge else "stay"
    question = f"Take cheaproute away? The ledger and config.toml {rest}."
    if not (args.yes or context.confirm(question)):
        context.say("nothing was removed")
        return 1
    undo_plan(context, whole=args.yes and args.purge)
    words = [word for word in ("--purge", "--yes") if getattr(args, word[2:])] + ["--asked"]
    context.close()
    for stream in (context.out.stream, context.err.stream):
        stream.flush()
    os.execve(shell, [shell, script, "--uninstall", *words], dict(context.env))  # noqa: S606
    return 0  # never: the script is this process now


def undo_plan(context: Context, *, whole: bool) -> None:
    """Take back what the plan wrote to Claude Code's settings: nothing of ours acts on it any more.

    A file that was changed since loses what is still ours in it (`whole`: every byte), or stays as
    it is and is named.
    """
    while changes.all_of(context.env, plan_apply.NAME):
        try:
            plan_apply.undo(argparse.Namespace(yes=whole), context)
        except CheaprouteError as error:
            context.say(f"left as it is: {error}")
            return
        except ImportError as error:  # we stand on a bare Python; what edits TOML is over there
            _undo_in_environment(context, error, whole=whole)
            return


def _undo_in_environment(context: Context, lacking: ImportError, *, whole: bool) -> None:
    """The same by the environment's Python, where there is one."""
    said = f"left as it is: what `cheaproute plan apply` wrote ({lacking})"
    if status.ready(context.env):
        python = status.python(context.env)
        start = spawn.command(_UNDO, "whole" * whole, python=python, libraries=True)
        try:
            done = spawn.run(context.env, start, _WAIT_S)
        except (OSError, subprocess.SubprocessError) as error:
            said = f"left as it is: what `cheaproute plan apply` wrote ({error})"
        else:
            said = (done.stdout + done.stderr).decode("utf-8", "replace").rstrip()
    context.say(said)
