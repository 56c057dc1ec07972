"""Which model an agent pins for itself: its frontmatter, wherever Claude Code would find it."""

from __future__ import annotations

import os

from cheaproute import fastjson
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The agents that come with the client and their own models; "" inherits (seen in 2.1.330).
BUILT_IN = {
    "": "",
    "general-purpose": "",
    "Explore": "",
    "Plan": "",
    "claude": "",
    "claude-code-guide": "haiku",
    "statusline-setup": "sonnet",
    "output-style-setup": "sonnet",
}
_HEAD_BYTES = 4096
_MOST_FILES = 500


def pin(agent_type: str, cwd: str, env: Mapping[str, str]) -> str | None:
    """The model that `agent_type` names for itself, "" if it inherits, None if it is not found."""
    plugin, _, name = agent_type.rpartition(":")
    if plugin:
        places = list(_plugin_places(plugin.partition(":")[0], env))
        name = name or agent_type
    else:
        places = list(_own_places(cwd, env))
    for place in places:
        found = _in_directory(place, name)
        if found is not None:
            return "" if found == "inherit" else found
    return BUILT_IN.get(agent_type)


def _own_places(cwd: str, env: Mapping[str, str]) -> Iterator[str]:
    """The project's agents, from `cwd` upwards to the home or the root, then the user's."""
    home = paths.home(env)
    place = env.get("CLAUDE_PROJECT_DIR") or cwd
    while place and place != home:
        yield os.path.join(place, ".claude", "agents")
        above = os.path.dirname(place)
        if above == place:
            break
        place = above
    yield os.path.join(paths.claude_dir(env), "agents")


def _plugin_places(plugin: str, env: Mapping[str, str]) -> Iterator[str]:
    """Where the installed plugin's agents are, and this plugin's own."""
    root = env.get("CLAUDE_PLUGIN_ROOT", "")
    if plugin == paths.APP and root:
        yield os.path.join(root, "agents")
    listing = os.path.join(paths.claude_dir(env), "plugins", "installed_plugins.json")
    try:
        with open(listing, "rb") as file:
            plugins = fastjson.loads(file.read()).get("plugins", {})
        for key, installs in plugins.items():
            if key.partition("@")[0] == plugin:
                for install in installs if isinstance(installs, list) else [installs]:
                    yield os.path.join(install["installPath"], "agents")
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return


def _in_directory(place: str, name: str) -> str | None:
    """The `model` of the agent `name` below `place`, "" if it has none; None: no such agent."""
    direct = _frontmatter(os.path.join(place, name + ".md"))
    if direct is not None and direct.get("name", name) == name:
        return direct.get("model", "")
    for looked, (folder, _, files) in enumerate(os.walk(place)):
        if looked > _MOST_FILES:
            return None
        for file in files[:_MOST_FILES]:
            if file.endswith(".md"):
                found = _frontmatter(os.path.join(folder, file))
                if found is not None and found.get("name", file[:-3]) == name:
                    return found.get("model", "")
    return None


def _frontmatter(path: str) -> dict[str, str] | None:
    """The plain `key: value` lines of a file's frontmatter; None if there is no such file."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return None
    lines = head.lstrip("\ufeff").splitlines()
    found: dict[str, str] = {}
    if not lines or lines[0].strip() != "---":
        return found
    for line in lines[1:]:
        if line.strip() == "---":
            break
        key, colon, value = line.partition(":")
        if colon and not line.startswith((" ", "\t", "#")):
            found[key.strip()] = value.partition(" #")[0].strip().strip("\"'")
    return found
