"""UserPromptSubmit: /costs, and the cap's first gate."""

import os
import sys

if sys.version_info >= (3, 11):
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    try:
        from cheaproute.hook.main import run
    except Exception:  # noqa: BLE001  # half updated or damaged: nothing is blocked by that
        sys.exit(0)
    run("user_prompt_submit")
