"""Where things live, as platformdirs would say, without its import (hot path; a test compares).

`CHEAPROUTE_HOME` overrides every directory. What differs between systems is in this module alone.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

APP = "cheaproute"
# The plugin's own directory.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOCK_FILE = os.path.join(ROOT, "requirements.lock")


def data_dir(env: Mapping[str, str], platform: str = sys.platform) -> str:
    """The per-user directory of the ledger, the environment and the log."""
    return _dir(env, platform, "XDG_DATA_HOME", ".local/share")


def config_dir(env: Mapping[str, str], platform: str = sys.platform) -> str:
    """The per-user directory of config.toml."""
    return _dir(env, platform, "XDG_CONFIG_HOME", ".config")


def ledger_file(env: Mapping[str, str]) -> str:
    """The SQLite ledger."""
    return os.path.join(data_dir(env), "ledger.db")


def config_file(env: Mapping[str, str]) -> str:
    """The user's settings."""
    return os.path.join(config_dir(env), "config.toml")


def snapshot_file(env: Mapping[str, str]) -> str:
    """The settings as the hot path reads them: derived from config.toml, safe to delete."""
    return os.path.join(data_dir(env), "snapshot.json")


def log_file(env: Mapping[str, str]) -> str:
    """The error log: 0600, rotated, without prompt text."""
    return os.path.join(data_dir(env), "cheaproute.log")


def interpreter_file(env: Mapping[str, str]) -> str:
    """One line: the Python that hooks/run starts."""
    return os.path.join(data_dir(env), "interpreter")


def python(env: Mapping[str, str]) -> str:
    """The environment's interpreter, whether it is built or not."""
    return os.path.join(data_dir(env), "venv", "bin", "python")


def link(env: Mapping[str, str]) -> str:
    """A link to the plugin, for what must outlive an update that moves it."""
    return os.path.join(data_dir(env), "plugin")


def failure_file(env: Mapping[str, str]) -> str:
    """One line: why the environment's last build failed. Absent after a good one."""
    return os.path.join(data_dir(env), "environment.failed")


def claude_dir(env: Mapping[str, str]) -> str:
    """Claude Code's own directory (`CLAUDE_CONFIG_DIR`, else ~/.claude)."""
    return env.get("CLAUDE_CONFIG_DIR") or os.path.join(home(env), ".claude")


def home(env: Mapping[str, str]) -> str:
    """The user's home directory: `HOME`, else the password database's word."""
    return env.get("HOME") or os.path.expanduser("~")


def _dir(env: Mapping[str, str], platform: str, xdg: str, unix: str) -> str:
    override = env.get("CHEAPROUTE_HOME", "")
    if override:
        return os.path.abspath(os.path.expanduser(override))
    if platform == "darwin":
        return os.path.join(home(env), "Library", "Application Support", APP)
    if platform == "win32":
        base = env.get("LOCALAPPDATA") or os.path.join(home(env), "AppData", "Local")
        return os.path.join(base, APP)
    base = env.get(xdg, "").strip()
    return os.path.join(base or os.path.join(home(env), unix), APP)
