"""The command table: one row a command, in the order of `cheaproute --help`.

A command is a module with `add_arguments(parser) -> None` and `run(args, context) -> int`, imported
only when it is asked for. A row may not stand here before its module does (a test holds that).
"""

from __future__ import annotations

# name -> (module, one-line summary)
COMMANDS: dict[str, tuple[str, str]] = {
    "costs": ("cheaproute.cli.costs", "Show what was spent, on what, and what was saved"),
    "setup": ("cheaproute.cli.setup", "Build or repair the Python environment"),
}
