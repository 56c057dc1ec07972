"""Which model an agent pins for itself: its frontmatter, wherever Claude Code would find it.

What the client would do is never guessed towards the cheaper: where two files, or a place that may
or may not count, would give different answers, the agent is not found.
"""

from __future__ import annotations

import os

from cheaproute import fastjson
from cheaproute.client import command_line, settings
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
# What `CLAUDE_CODE_SUBAGENT_MODEL` says where it pins nothing.
_NO_MODEL = ("inherit", "default")
_MOST_FILES = 500
# The client's answer cannot be told: two files, an odd one, too many.
_UNSURE = "?"


def pin(agent_type: str, cwd: str, env: Mapping[str, str]) -> str | None:
    """The model that `agent_type` names for itself, "" if it inherits.

    None where it is not found, or not for sure.
    """
    words = command_line.command()
    if _by_flag(agent_type, words):
        return None
    plugin, _, name = agent_type.rpartition(":")
    if plugin:
        sure = list(_plugin_places(plugin.partition(":")[0], env))
        doubtful: list[str] = []
        name = name or agent_type
    else:
        sure, doubtful = _own_places(cwd, env)
        doubtful += [os.path.join(place, ".claude", "agents") for place in _added(words, cwd)]
    found = next((model for model in _models(sure, name) if model is not None), None)
    if found is None:
        found = BUILT_IN.get(agent_type)
    if found is None or found == _UNSURE:
        return None
    if any(model not in (None, found) for model in _models(doubtful, name)):
        return None
    return found


def default_model(env: Mapping[str, str]) -> str:
    """The model the user set for all subagents; "" if there is none."""
    value = env.get("CLAUDE_CODE_SUBAGENT_MODEL", "").strip()
    return "" if value.lower() in _NO_MODEL else value


def _by_flag(agent_type: str, words: list[str]) -> bool:
    """Whether the client was perhaps told of this agent otherwise than by a file."""
    if command_line.is_led(words):
        return True  # it can define agents where nobody sees it
    for flag, value in zip(words, [*words[1:], ""], strict=False):
        name, equals, joined = flag.partition("=")
        told = joined if equals else value
        if name == "--agents":
            try:
                if agent_type in fastjson.loads(told.encode("utf-8", "surrogateescape")):
                    return True
            except (ValueError, TypeError):
                return True
    return False


def _added(words: list[str], cwd: str) -> Iterator[str]:
    """The directories named by `--add-dir`."""
    adds = False
    for word in words:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            adds = name == "--add-dir"
            if adds and equals:
                yield os.path.join(cwd, value)
        elif adds:
            yield os.path.join(cwd, word)


def _own_places(cwd: str, env: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Where agents are looked for in order, and where they perhaps are, too.

    From `cwd` upwards to the repository's root, then the user's; perhaps what lies above the
    root, and a worktree's main checkout.
    """
    home = paths.home(env)
    place = env.get("CLAUDE_PROJECT_DIR") or cwd
    sure: list[str] = []
    doubtful: list[str] = []
    into = sure
    while place and place != home:
        into.append(os.path.join(place, ".claude", "agents"))
        if into is sure and os.path.exists(os.path.join(place, ".git")):
            into = doubtful
            main = settings.main_checkout(place)
            doubtful += [os.path.join(main, ".claude", "agents")] if main else []
        above = os.path.dirname(place)
        if above == place:
            break
        place = above
    sure.append(os.path.join(paths.claude_dir(env), "agents"))
    return sure, doubtful


def _plugin_places(plugin: str, env: Mapping[str, str]) -> Iterator[str]:
    """Where the installed plugin's agents are, and this plugin's own."""
    root = env.get("CLAUDE_PLUGIN_ROOT", "")
    if plugin == paths.APP and root:
        yield os.path.join(root, "agents")
    try:
        plugins = fastjson.read(paths.plugin_list(env), settings.LIMIT_BYTES).get("plugins", {})
        for key, installs in plugins.items():
            if key.partition("@")[0] == plugin:
                for install in installs if isinstance(installs, list) else [installs]:
                    yield os.path.join(install["installPath"], "agents")
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return


def _models(places: Iterable[str], name: str) -> Iterator[str | None]:
    """What each place says of the agent: its model, "" if it inherits, None: nothing."""
    for place in places:
        found = {_model(path, name) for path in files(place)} - {None}
        yield None if not found else found.pop() if len(found) == 1 else _UNSURE


def _model(path: str, name: str) -> str | None:
    """The model of the agent `name` by the file at `path`; None if it is of another, or of none."""
    if not path:
        return _UNSURE
    from cheaproute.client.agents import frontmatter

    head = frontmatter.read(path)
    if head is None:
        return None  # a note
    if head.odd:
        about = name in head.text or "\\" in head.text or os.path.basename(path) == name + ".md"
        return _UNSURE if about else None
    if head.fields.get("name", "") != name:
        return None
    if not head.fields.get("description", ""):
        return _UNSURE  # the client may not take it for an agent
    model = head.fields.get("model", "")
    return "" if model == "inherit" else model


def files(place: str) -> Iterator[str]:
    """The files of agents below `place`, links followed, no pipes; "" where there are too many."""
    looked = 0
    for folder, _, files in os.walk(place, followlinks=True):
        looked += 1 + len(files)
        if looked > _MOST_FILES:
            yield ""
            return
        found = (os.path.join(folder, file) for file in files if file.lower().endswith(".md"))
        yield from filter(os.path.isfile, found)
