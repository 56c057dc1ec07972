"""Claude Code itself: which program it is, and what a child of it is started with."""

from __future__ import annotations

import os
import shutil

from cheaproute.client import ancestry, command_line, login

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS = (
    *("--print", "--safe-mode", "--tools", "", "--strict-mcp-config", "--disable-slash-commands"),
    *("--no-session-persistence", "--setting-sources", "user", "--permission-prompts", "none"),
    *("--output-format", "stream-json", "--verbose", "--include-partial-messages"),
)
# The login that the client was started with and gives no hook; nor do we where the user says that
# what it starts gets no credentials.
_WITHHELD, _SCRUBBED = "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB"
# All that a child gets of the environment: what it needs to run, to log in and to reach its host.
_NAMES = frozenset(
    (
        *("HOME", "PATH", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TERM", "TZ", "TMPDIR"),
        *("TEMP", "TMP", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "USERPROFILE", "APPDATA"),
        *("LOCALAPPDATA", "PROGRAMDATA", "PATHEXT", "DBUS_SESSION_BUS_ADDRESS", "IS_SANDBOX"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "CLAUDE_CONFIG_DIR"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "CLOUD_ML_REGION"),
        *("NODE_TLS_REJECT_UNAUTHORIZED", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"),
        "XDG_RUNTIME_DIR",
    )
)
_PREFIXES = (
    *("LC_", "ANTHROPIC_", "AWS_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "VERTEX_", "AZURE_"),
    *("CLAUDE_CODE_USE_", "CLAUDE_CODE_SKIP_", "CLAUDE_CODE_OAUTH_", "CLAUDE_CODE_API_KEY_"),
    *("CLAUDE_CODE_CLIENT_", "CLAUDE_CODE_CERT_"),
)
# From this client on its stream says when a request is about to leave (seen from .270 to .332).
_SAYS = (2, 1, 270)
_REQUESTING = "requesting"


def may_have_sent(event: Mapping[str, object]) -> bool:
    """Whether an event of the child's stream leaves it open, or says, that it sent its request."""
    if event.get("type") != "system":
        return True
    if event.get("subtype") == "init":
        return not command_line.is_since(str(event.get("claude_code_version", "")), _SAYS)
    return event.get("subtype") == "status" and event.get("status") == _REQUESTING


def find(env: Mapping[str, str]) -> str:
    """The path of Claude Code: the one we run below, else the one on PATH; "" if neither.

    `env` is the user's word (`trust`); a relative entry of its PATH is the working directory's.
    """
    running = ancestry.client_program()
    if running:
        return running
    places = env.get("PATH", "").split(os.pathsep)
    absolute = os.pathsep.join(place for place in places if os.path.isabs(place))
    return shutil.which("claude", path=absolute) or "" if absolute else ""


def child_env(env: Mapping[str, str], *, max_tokens: int, think: bool) -> dict[str, str]:
    """A child's environment: what is allowed of the user's, with cheaproute off.

    It sends one request and no second one, which nobody would hear of.
    A key that the user refused is not among it: `--print` would use it all the same.
    """
    kept = {
        name: value
        for name, value in env.items()
        if name.upper() in _NAMES or name.startswith(_PREFIXES)
    }
    if _WITHHELD not in kept:
        begun = ancestry.started_with() or {}
        if _WITHHELD in begun and not (begun.get(_SCRUBBED) or env.get(_SCRUBBED)):
            kept[_WITHHELD] = begun[_WITHHELD]
    key = kept.get("ANTHROPIC_API_KEY", "")
    if key and login.refused(env, key):
        del kept["ANTHROPIC_API_KEY"]
    kept["CHEAPROUTE_DISABLE"] = "1"
    kept["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] = str(max_tokens)
    kept["CLAUDE_CODE_MAX_RETRIES"] = "0"
    kept["CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK"] = "1"
    kept["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1"
    if not think:
        kept["CLAUDE_CODE_DISABLE_THINKING"] = "1"
    return kept
