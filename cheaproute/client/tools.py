"""What a tool use does to the world: whether it may change something, and what it is used on."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# What sends out a subagent that a model can be chosen for; older clients call it Task.
DISPATCHES = ("Agent", "Task")
# What starts agents or wakes one again, now or later.
AGENT_TOOLS = (
    *DISPATCHES,
    "Workflow",
    "SendMessage",
    "TeamCreate",
    "CronCreate",
    "ScheduleWakeup",
    "RemoteTrigger",
)
# What has a helper of the client ask a model, of which an older client writes no row; and what the
# client calls that helper.
HELPED = {"WebFetch": "web_fetch_apply", "WebSearch": "web_search_tool"}
# With those whose use is a model's call in itself: the one list, for the gate before them.
PAID_TOOLS = (*AGENT_TOOLS, "Skill", *HELPED)
_LOOKING = """
    Read Grep Glob LS LSP NotebookRead WebFetch WebSearch ToolSearch BashOutput TaskOutput
    TodoRead TodoWrite TaskCreate TaskUpdate TaskList TaskGet AskUserQuestion EnterPlanMode
    ExitPlanMode ListMcpResourcesTool ReadMcpResourceTool
"""
_MCP_LOOKS = ("get", "list", "search", "read", "find", "query", "describe", "fetch", "resolve")
_READING = """
    awk base64 basename cat cd cmp column cut date df diff dirname du echo egrep env false fd
    fgrep file find grep head hexdump id jq less ls md5sum nl nproc od printf ps pwd readlink
    realpath rg sed sha256sum sort stat strings tail test tr tree true type uname uniq wc
    which whoami xxd yq zcat zgrep
"""
_GIT_READING = """
    blame describe diff grep log ls-files ls-tree rev-parse shortlog show status
"""
_LOOKS = frozenset(_LOOKING.split())
_COMMANDS = frozenset(_READING.split())
_GIT = frozenset(_GIT_READING.split())
# Options that make a reading command write or run others.
_WRITES = r"(?<!\d)>(?!\s*/dev/null|&)|\s-(?:i|exec|execdir|delete|ok|fprint)\b|\$\(|`"
# What a shell takes as it stands: a pattern is no pipe and no program. Some run what is in it.
_QUOTED = r"""'[^']*'|"(?:[^"\\$`]|\\.)*\""""
_RUN_QUOTED = r"\b(?:awk|xargs|env)\b"
_PARTS = r"\|\||&&|[;|\n]"
_PATHS = ("file_path", "notebook_path", "path", "url", "pattern", "query", "command")


def changes(tool: str, given: Mapping[str, object]) -> bool:
    """Whether the use changed something, or may have: in doubt, yes."""
    if tool in _LOOKS:
        return False
    if tool == "Bash":
        return _command_changes(given.get("command"))
    if tool.startswith("mcp__"):
        return not tool.rpartition("__")[2].lower().startswith(_MCP_LOOKS)
    return True


def target(tool: str, given: Mapping[str, object]) -> tuple[int, str]:
    """`(hash, kind)` of what the tool is used on: CRC-32 of its name, the file's extension."""
    import zlib  # a library to load: at the end of a turn alone

    found = [value for key in _PATHS if isinstance(value := given.get(key), str) and value]
    if not found:
        return 0, ""
    name = given.get("file_path") or given.get("notebook_path")
    kind = os.path.splitext(name)[1].lower() if isinstance(name, str) else ""
    # A file is the same whichever tool has it; a search is its pattern and its place.
    named = found[0] if kind or isinstance(name, str) else "\0".join([tool, *found])
    return zlib.crc32(named.encode("utf-8", "surrogatepass")) or 1, kind[:12]


def _command_changes(command: object) -> bool:
    if not isinstance(command, str) or not command.strip():
        return True
    import re  # hooks on the way to a tool need only its name

    if not re.search(_RUN_QUOTED, command):
        command = re.sub(_QUOTED, "quoted", command)
    if re.search(_WRITES, command):
        return True
    return not all(_only_looks(part.split()) for part in re.split(_PARTS, command) if part.strip())


def _only_looks(words: list[str]) -> bool:
    program = os.path.basename(words[0])
    if program == "git":
        verbs = [word for word in words[1:] if not word.startswith("-")]
        return bool(verbs) and verbs[0] in _GIT
    return program in _COMMANDS
