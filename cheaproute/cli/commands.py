"""The command table: one row a command, in the order of `cheaproute --help`.

A command is a module with `add_arguments(parser) -> None` and `run(args, context) -> int`, imported
only when it is asked for. A row may not stand here before its module does (a test holds that).
"""

from __future__ import annotations

# Answered, not listed: what was a command before, and what people call what another shows.
MOVED = ("tune", "mode", "limits")
# name -> (module, one-line summary)
COMMANDS: dict[str, tuple[str, str]] = {
    "costs": ("cheaproute.cli.costs", "Show what was spent, on what, and what was saved"),
    "report": ("cheaproute.cli.report", "Write a page with charts that works offline"),
    "statusline": ("cheaproute.cli.statusline", "Print the line for Claude Code's status line"),
    "route": ("cheaproute.cli.route", "Show which model a task would get, and why"),
    "routing": ("cheaproute.cli.routing", "Leave a session on its own model, or choose again"),
    "why": ("cheaproute.cli.why", "Show which model each subagent got, and why"),
    "flag": ("cheaproute.cli.flag", "Say that a routing decision was good or bad"),
    "cap": ("cheaproute.cli.cap", "Show, set and raise the limits on spending"),
    "ping": ("cheaproute.cli.ping", "See that Haiku answers, and what it costs"),
    "ask": ("cheaproute.cli.ask", "Ask Haiku about files of any length"),
    "plan": ("cheaproute.cli.plan", "See what would have saved most, apply it, take it back"),
    "tune": ("cheaproute.cli.tune", "Is `plan` now"),
    "mode": ("cheaproute.cli.mode", "Is part of `plan` now"),
    "limits": ("cheaproute.cli.limits", "Is in `costs` and `cap`"),
    "import": ("cheaproute.cli.import_", "Read Claude Code's transcripts into the ledger"),
    "rebuild": ("cheaproute.cli.rebuild", "Make the ledger anew from the transcripts"),
    "ledger": ("cheaproute.cli.ledger", "Check whether the books add up"),
    "sync": ("cheaproute.cli.sync", "One total over your machines, by files in a folder"),
    "team": ("cheaproute.cli.team", "One budget for several people, in a PostgreSQL of yours"),
    "backup": ("cheaproute.cli.backup", "Copy the ledger into one file"),
    "restore": ("cheaproute.cli.restore", "Put a copy of the ledger back"),
    "export": ("cheaproute.cli.export", "Write the calls out: JSON, CSV, api_costs.json"),
    "prices": ("cheaproute.cli.prices", "Show the price table, and check it against others"),
    "config": ("cheaproute.cli.config", "Show and change the settings"),
    "setup": ("cheaproute.cli.setup", "Build or repair the environment; put up the status line"),
    "doctor": ("cheaproute.cli.doctor.command", "Check everything, and say what to do"),
    "completion": ("cheaproute.cli.completion", "Print your shell's completion of all this"),
    "uninstall": ("cheaproute.cli.uninstall", "Take it away again; the ledger stays"),
    "demo": ("cheaproute.cli.demo.command", "Play a recorded session: no key, no client needed"),
}
