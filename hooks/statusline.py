"""Not a hook: the command behind Claude Code's `statusLine`, started the same way."""

import os
import sys

if sys.version_info >= (3, 11):
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    try:
        from cheaproute.hook.statusline import run
    except ImportError:
        sys.exit(0)
    run()
