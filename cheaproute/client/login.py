"""How the user pays and with what: per token (`api`) or by subscription (`plan`); and by what way.

Looked at only when a cap has something to say, or a model is asked. The order is the client's own;
no file is written, no key is kept. Where nothing is found, or a layer of settings cannot be seen,
the answer is `api`, whose caps block.
"""

from __future__ import annotations

import os

from cheaproute.client import ancestry
from cheaproute.client import settings as client_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# By these Claude Code talks to a cloud's or a gateway's API, which bills by token.
CLOUDS = (
    "BEDROCK",
    "VERTEX",
    "FOUNDRY",
    "MANTLE",
    "ANTHROPIC_AWS",
    "ANTHROPIC_GOOGLE_CLOUD",
    "GATEWAY",
)
TERMINAL, PRINT, SDK, VS_CODE = "terminal", "-p", "Agent SDK", "VS Code"
JETBRAINS, DESKTOP, CLOUD = "JetBrains", "desktop app", "cloud session"
# How what the client says of who started it begins, and what that is.
_LED = (
    ("sdk-cli", PRINT), ("sdk-", SDK), ("claude-vscode", VS_CODE), ("claude-desktop", DESKTOP),
    ("local-agent", DESKTOP), ("remote", CLOUD),
)  # fmt: skip
FIRST_PARTY, GATEWAY = "Anthropic's API", "a gateway"
_OURS = "api.anthropic.com"
_TOKEN = "CLAUDE_CODE_OAUTH_TOKEN"  # noqa: S105  # a name
UNREADABLE = "which cannot be read"  # the end of a reason that is a doubt
_OFF = ("", "0", "false", "no", "off")
_OF_A_PROJECT = ("local", "project")
_KEY_END = 20  # as much of a key as the client keeps of the answer about it


def kind(env: Mapping[str, str], settings: Mapping[str, object], cwd: str = "") -> str:
    """`api` or `plan`: the setting `billing`, else what the credentials say, else `api`."""
    return recognise(env, settings, cwd)[0]


def recognise(
    env: Mapping[str, str], settings: Mapping[str, object], cwd: str = ""
) -> tuple[str, str]:
    """`api` or `plan`, and what says so."""
    word = settings.get("billing")
    if word in ("api", "plan"):
        return str(word), "`billing` in config.toml"
    layers = list(client_settings.layers(env, cwd or _here()))
    for layer in layers:
        if layer.content is None:
            return "api", f"{layer.path}, {UNREADABLE}"
    if client_settings.known_state(env) is None:
        return "api", f"{client_settings.state_file(env)}, {UNREADABLE}"
    name = _by_variables(env, layers)
    if name:
        return "api", name
    for layer in layers:
        if layer.content and layer.content.get("apiKeyHelper"):
            return "api", f"apiKeyHelper in {layer.path}"
    if env.get(_TOKEN) or (ancestry.started_with() or {}).get(_TOKEN):  # hooks are not given it
        return "plan", _TOKEN
    if client_settings.credentials(env).get("claudeAiOauth"):
        return "plan", "the login in .credentials.json"
    state = client_settings.state(env)
    if state.get("primaryApiKey"):
        return "api", "the key of a Console login"
    account = state.get("oauthAccount")
    if isinstance(account, dict):
        return _of_account(account)
    return "api", "no login found"


def cloud(env: Mapping[str, str]) -> str:
    """The variable that sends Claude Code to another provider's API, "" if none does."""
    names = (f"CLAUDE_CODE_USE_{name}" for name in CLOUDS)
    return next((name for name in names if on(env, name)), "")


def led(env: Mapping[str, str]) -> str:
    """How the client that started us is led, in our words; "" where no client started us."""
    said = env.get("CLAUDE_CODE_ENTRYPOINT", "")
    if said == "cli":
        return JETBRAINS if "JetBrains" in env.get("TERMINAL_EMULATOR", "") else TERMINAL
    other = "another way" if said else ""  # a project's settings may have written it
    return next((name for begins, name in _LED if said.startswith(begins)), other)


def provider(env: Mapping[str, str]) -> str:
    """Whose API the client talks to, by its variables."""
    name = cloud(env).removeprefix("CLAUDE_CODE_USE_")
    if name:
        return GATEWAY if name == "GATEWAY" else name.replace("_", " ").capitalize()
    host = _host(env)
    return GATEWAY if host and host != _OURS else FIRST_PARTY


def is_behind_gateway(env: Mapping[str, str], settings: Mapping[str, object]) -> bool:
    """Whether a gateway answers, and the user has not said that a plan pays all the same.

    One on this machine (a proxy that logs, say) hands a plan's login on as it is.
    """
    if settings.get("billing") == "plan" or provider(env) != GATEWAY:
        return False
    name = _host(env).rpartition("@")[2]
    name = name.partition("]")[0] + "]" if name.startswith("[") else name.partition(":")[0]
    local = name in ("localhost", "[::1]") or (
        name[:4] == "127." and name[4:].replace(".", "").isdigit()
    )
    return not local


def _host(env: Mapping[str, str]) -> str:
    return env.get("ANTHROPIC_BASE_URL", "").partition("://")[2].partition("/")[0]


def on(env: Mapping[str, str], name: str) -> bool:
    """Whether the variable `name` switches something on, as the client reads it."""
    return env.get(name, "").strip().lower() not in _OFF


def refused(env: Mapping[str, str], key: str) -> bool:
    """Whether the user told the client not to use this key; yes where that cannot be read."""
    state = client_settings.known_state(env)
    if state is None:
        return True
    answers = state.get("customApiKeyResponses")
    said = answers.get("rejected") if isinstance(answers, dict) else None
    return isinstance(said, list) and key[-_KEY_END:] in said


def _interactive(env: Mapping[str, str]) -> bool:
    """Whether a person sits before the client; `-p` uses a refused key all the same."""
    return env.get("CLAUDE_CODE_ENTRYPOINT", "cli") == "cli"


def _paid_by(env: Mapping[str, str], variables: Mapping[str, str], *, excused: bool) -> str:
    """The one of `variables` by which tokens are paid, "" if none is.

    `excused`: a key that the user refused is not used.
    """
    name = cloud(variables)
    if name or variables.get("ANTHROPIC_AUTH_TOKEN"):
        return name or "ANTHROPIC_AUTH_TOKEN"
    key = variables.get("ANTHROPIC_API_KEY", "")
    return "ANTHROPIC_API_KEY" if key and not (excused and refused(env, key)) else ""


def _by_variables(env: Mapping[str, str], layers: list[client_settings.Layer]) -> str:
    """The variable by which tokens are paid, whoever may have set it; "" if none is.

    A project may add a credential but take none away, be it that the client seems to have obeyed:
    it passes over a file that is invalid, and keeps what it has read before. So what it and we were
    started with is looked at beside `env`, each under the layers that are the user's own.
    """
    own: dict[str, str] = {}
    said: dict[str, str] = {}
    excused = _interactive(env)
    for layer in reversed(layers):
        told = client_settings.variables(layer.content or {})
        of_a_project = layer.name in _OF_A_PROJECT
        excused = excused and not (of_a_project and "CLAUDE_CODE_ENTRYPOINT" in told)
        told = {n: v for n, v in told.items() if n.startswith(("ANTHROPIC_", "CLAUDE_CODE_USE_"))}
        said |= told
        own |= {} if of_a_project else told
    below = any(name in os.environ for name in ("CLAUDE_PROJECT_DIR", "CLAUDECODE"))
    started = (ancestry.started_with() if below else None) or {}
    views = ({**env, **own, **said}, {**env, **own}, {**os.environ, **own}, {**started, **own})
    return next(filter(None, (_paid_by(env, view, excused=excused) for view in views)), "")


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


def _of_account(account: Mapping[str, object]) -> tuple[str, str]:
    """A Console organisation pays per token, though one logs in to it as to claude.ai."""
    kind = account.get("organizationType")
    if isinstance(kind, str) and kind and not kind.startswith("claude"):
        return "api", f"the login of an organisation of type {kind}"
    return "plan", "the login in .claude.json"


def pays_past_the_plan(env: Mapping[str, str]) -> bool:
    """Whether a plan's user pays by the token past its limits; yes where that cannot be read."""
    state = client_settings.known_state(env)
    if state is None:
        return True
    account = state.get("oauthAccount")  # none: a token in a variable
    return isinstance(account, dict) and account.get("hasExtraUsageEnabled") is True
