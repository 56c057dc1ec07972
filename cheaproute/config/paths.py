"""Where things live, as platformdirs would say, without its import (hot path; a test compares).

Where the libraries are, in commands and in the build, platformdirs itself says it (`directories`).
`CHEAPROUTE_HOME`, or what `config set home` wrote down, overrides every directory. What differs
between systems is in this module and, for the launchers, in hooks/common; a table of cases is run
through both.
"""

from __future__ import annotations

import os
import sys

from cheaproute import fastjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

APP = "cheaproute"
# Where any account may make a directory of its own; the last lies in memory.
_BESIDE = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108
# The plugin's own directory.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOCK_FILE = os.path.join(ROOT, "requirements.lock")
# Who has the libraries asks platformdirs instead of the rules below (`directories.use`).
library: Callable[[Mapping[str, str], str, str], str] | None = None


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


def passes_dir(env: Mapping[str, str]) -> str:
    """Where a client's module and its hooks find each other; the launcher knows it by this name."""
    return os.path.join(data_dir(env), "passes")


def beside_dirs(env: Mapping[str, str]) -> list[str]:
    """Where sessions tell each other what no ledger could be told: the user's own, in no home.

    Several, for one of them may be full, or another account's.
    """
    name = data_dir(env).replace("%", "%25").replace("/", "%2f")
    own = f"{APP}.{getattr(os, 'getuid', int)()}"
    return [os.path.join(place, own, name) for place in _BESIDE]


def anything_beside(env: Mapping[str, str]) -> bool:
    """Whether a session may have written something there."""
    return any(map(os.path.isdir, beside_dirs(env)))


def uninstalled(root: str) -> str:
    """Where `uninstall` leaves word for open sessions; the launcher knows it by this name."""
    return os.path.join(root, ".uninstalled")


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
    return env.get("CLAUDE_CONFIG_DIR") or os.path.join(home(env) or os.sep, ".claude")


def plugin_list(env: Mapping[str, str]) -> str:
    """Claude Code's list of the plugins that are installed."""
    return os.path.join(claude_dir(env), "plugins", "installed_plugins.json")


def command(env: Mapping[str, str]) -> str:
    """What starts the command line in the user's terminal: its name if installed, else its path."""
    own = os.path.join(ROOT, "bin", APP)
    installed = os.path.join(home(env), ".local", "bin", APP)
    if os.path.exists(installed):
        return APP if os.path.dirname(installed) in env.get("PATH", "").split(":") else installed
    return own if own.replace("/", "").replace("-", "").replace(".", "").isalnum() else f"'{own}'"


def home(env: Mapping[str, str]) -> str:
    """The user's home directory: `HOME`, else the password database's word; "" if neither knows."""
    said = env.get("HOME", "")
    if os.path.isabs(said):
        return said
    try:
        import pwd

        said = pwd.getpwuid(os.getuid()).pw_dir
    except (ImportError, KeyError):  # Windows; a user id that nobody has
        said = env.get("USERPROFILE", "")
    return said if os.path.isabs(said) else ""


def home_file(env: Mapping[str, str], platform: str = sys.platform) -> str:
    """In the default place: one line, the directory where everything is instead.

    `cheaproute config set home` writes it, for processes that are started without the variable.

    Raises:
        NoHome: nobody knows a home directory.
    """
    return os.path.join(_default(env, platform, "XDG_DATA_HOME", ".local/share"), "home")


def absolute(value: str, env: Mapping[str, str]) -> str:
    """The absolute path that a variable's `value` names, `~/` being the home; "" if none.

    A relative one would be another place in each directory: it is no answer (hooks/common).
    """
    if value == "~" or value.startswith("~/"):
        place = home(env)
        value = (place.rstrip("/") or ("/" if value == "~" else "")) + value[1:] if place else ""
    return value if os.path.isabs(value) else ""


def _dir(env: Mapping[str, str], platform: str, xdg: str, unix: str) -> str:
    override = env.get("CHEAPROUTE_HOME", "")
    if override:
        override = absolute(override, env)
        if override:
            return override
    try:
        said = fastjson.content(home_file(env, platform), 4096)
        override = absolute(os.fsdecode(said).partition("\n")[0], env)
    except (OSError, ValueError):
        override = ""
    return override or _default(env, platform, xdg, unix)


def _default(env: Mapping[str, str], platform: str, xdg: str, unix: str) -> str:
    place = home(env)
    if platform == "win32":
        base = env.get("LOCALAPPDATA") or os.path.join(place, "AppData", "Local")
        return os.path.join(base, APP)
    if not place:
        from cheaproute.errors import NoHome

        raise NoHome("no home directory is known: set HOME, or CHEAPROUTE_HOME to an own directory")
    if library is not None:
        return library(env, platform, xdg)
    if platform == "darwin":
        return os.path.join(place, "Library", "Application Support", APP)
    base = absolute(env.get(xdg, ""), env)
    return os.path.join(base or os.path.join(place, unix), APP)


def identity(directory: str) -> tuple[int, int] | None:
    """What tells `directory` from all others; None where there is none.

    Its real path would be a look at each directory above it, for each of those that have one.
    """
    try:
        status = os.stat(directory)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
