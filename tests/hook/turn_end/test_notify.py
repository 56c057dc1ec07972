from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from cheaproute.hook.turn_end import notify


def test_the_notification_is_safe_to_write_to_a_terminal() -> None:
    """No control character and no separator of the text survives; OSC 9 begins with no digit."""
    text = "[cheaproute] 50 % \x1b]0;evil\x07\nused"
    clean = "[cheaproute] 50 %  ]0,evil  used"
    assert notify.sequence(text, {"TERM": "xterm-256color"}) == f"\x1b]9;{clean}\x07"
    for env in ({"VTE_VERSION": "7600"}, {"TERM": "foot"}):
        assert notify.sequence(text, env) == f"\x1b]777;notify;cheaproute;{clean}\x07"


def test_the_command_obeys_nothing_that_a_project_says(tmp_path: Path) -> None:
    """Whatever the variable is called: programs obey more than any list of ours has."""
    settings = tmp_path / "repo" / ".claude" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"env": {"GIO_EXTRA_MODULES": "/evil", "LUA_INIT": "evil"}}))
    users = {
        "HOME": str(tmp_path),
        "HOOK_URL": "mine",
        "CLAUDE_PROJECT_DIR": str(tmp_path / "repo"),
    }
    env = {**users, "GIO_EXTRA_MODULES": "/evil", "LUA_INIT": "evil"}
    assert notify._of_the_user(env) == users


def test_the_command_gets_the_text_as_one_argument(tmp_path: Path) -> None:
    """No shell reads the text, whatever is in it."""
    out = tmp_path / "said"
    script = "import sys; open(sys.argv[1], 'w').write(sys.argv[2])"
    notify.run([sys.executable, "-c", script, str(out)], "50 %; $(touch x) `y`", os.environ)
    for _ in range(500):
        if out.exists() and out.read_text():
            break
        time.sleep(0.01)
    assert out.read_text() == "50 %; $(touch x) `y`"
