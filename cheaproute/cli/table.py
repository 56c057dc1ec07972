"""The command table: one row a command, in the order of `cheaproute --help`.

A command is a module with `add_arguments(parser) -> None` and `run(args, context) -> int`, imported
only when it is asked for. A row may not stand here before its module does (a test holds that).
"""

from __future__ import annotations

# name -> (module, one-line summary)
COMMANDS: dict[str, tuple[str, str]] = {
    "costs": ("cheaproute.cli.costs", "Show what was spent, on what, and what was saved"),
    "cap": ("cheaproute.cli.cap", "Show, set and raise the limits on spending"),
    "why": ("cheaproute.cli.why", "Show which model each subagent got, and why"),
    "flag": ("cheaproute.cli.flag", "Say that a routing decision was good or bad"),
    "config": ("cheaproute.cli.config", "Show and change the settings"),
    "doctor": ("cheaproute.cli.doctor", "Check everything, and say what to do"),
    "ask": ("cheaproute.cli.ask", "Ask Haiku about files of any length"),
    "ping": ("cheaproute.cli.ping", "See that Haiku answers, and what it costs"),
    "setup": ("cheaproute.cli.setup", "Build or repair the Python environment"),
}
