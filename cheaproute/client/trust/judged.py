"""What stands in the place of each variable that the client was not started with."""

from __future__ import annotations

import os

from cheaproute import client
from cheaproute.client import settings, trust
from cheaproute.client.trust import files
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from cheaproute.client.trust import Start

# Set by the client for hooks; by us for what was typed.
_NOT_OURS_TO_JUDGE = (
    *("CLAUDE_ENV_FILE", "CHEAPROUTE_COLUMNS", "CHEAPROUTE_TYPED", "CHEAPROUTE_CONFIRMED"),
)
_DECIDED = ("CHEAPROUTE_", *trust.PLACES)  # where one client started another, at once
# Set by the client for its model's shells in a sandbox, which has a network of its own.
_PROXIES = ("HTTP_", "HTTPS_", "ALL_", "NO_PROXY", "http_", "https_", "all_", "no_proxy")
_HERE = ("localhost:", "127.0.0.1:", "[::1]:")
# A credential is for the host that it came with.
_OF_A_HOST = {
    "ANTHROPIC_BASE_URL": (
        *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS"),
    ),
    "ANTHROPIC_BEDROCK_BASE_URL": ("AWS_BEARER_TOKEN_BEDROCK",),
    "ANTHROPIC_FOUNDRY_BASE_URL": ("ANTHROPIC_FOUNDRY_API_KEY", "ANTHROPIC_FOUNDRY_AUTH_TOKEN"),
}


def environment(
    env: Mapping[str, str], cwd: str, start: Start | None, *, in_a_shell: bool
) -> Mapping[str, str]:
    """`env` as the user means it, as in `trust.environment`."""
    settled: tuple[str, ...] = _NOT_OURS_TO_JUDGE
    started = start.environ if start else _home_of_this_copy()
    topmost = start.clients[-1] if start and start.clients and not start.told else 0
    if start and start.may_be_nested:
        from cheaproute.client import ancestry

        env = ancestry.of_the_user(env, start.clients)
        settled += _DECIDED * (len(start.clients) > 1)
    doubtful = [name for name in trust.watched(env) if started.get(name) != env[name]]
    moved = _moved(env, cwd, start)
    option = settings.OPTION_VARIABLE in doubtful
    if option:
        doubtful.remove(settings.OPTION_VARIABLE)
    known: set[str] = set()
    if topmost:
        known = {name for name in (*doubtful, *moved) if not name.startswith(settled)}
        known -= _of_a_sandbox(known, env, topmost) if in_a_shell else set()
    left = [name for name in moved if name not in known]
    if left and (start is None or files.names_one(_with_places(env, started, left), cwd, left)):
        env = _with_places(env, started, left)
    if option:
        there = _with_places(env, started, trust.PLACES if topmost else ())
        env = _with_option(env, cwd, _of_no_project(there, topmost))
    asked = [name for name in doubtful if name not in known]
    if start and topmost and start.marked:
        asked += _perhaps_of_another(env, started)
    return _without_what_a_project_said(env, cwd, start, topmost, known, asked)


def _without_what_a_project_said(
    env: Mapping[str, str],
    cwd: str,
    start: Start | None,
    topmost: int,
    known: set[str],
    asked: Collection[str],
) -> Mapping[str, str]:
    """`env` without what nobody but a project said; the user's word in its place if there is one.

    Of those `known` the start and settings that no project writes decide, of those `asked` what a
    project's settings say now.
    """
    started = start.environ if start else {}
    own: dict[str, str] = {}
    if known:
        for content in _of_no_project(_with_places(env, started, trust.PLACES), topmost):
            own |= settings.variables(content)
    taken = {name for name in known if own.get(name) != env[name]}
    foreign = files.foreign(env, cwd, asked)
    if not taken and not foreign:
        return env
    own = own or settings.variables(settings.user(env))
    said = _above_the_mark() if start and start.marked else started
    clean = {name: value for name, value in env.items() if name not in taken | foreign}
    clean |= {name: started[name] for name in taken if name in started}
    clean |= {name: said[name] for name in foreign if name in said}
    clean |= {name: own[name] for name in taken | foreign if name in own}
    nearest = _environ(start.clients[0]) if start and len(start.clients) > 1 else {}
    for host, credentials in _OF_A_HOST.items():
        alone = host in foreign and host not in said
        alone = alone or (host in taken and nearest.get(host) == env[host])
        if alone and host not in own:
            clean = {n: v for n, v in clean.items() if n not in credentials or own.get(n) == v}
    return clean


def _of_no_project(env: Mapping[str, str], topmost: int) -> list[dict[str, object]]:
    """The settings of that client (0: ours) that no project writes, the strongest last."""
    here = {name: value for name, value in env.items() if name != "CLAUDE_PROJECT_DIR"}
    found = [layer.content for layer in settings.layers(here, "", topmost) if layer.content]
    return found[::-1]


def _with_option(
    env: Mapping[str, str], cwd: str, contents: Iterable[dict[str, object]]
) -> Mapping[str, str]:
    """`env` with the plugin's option as those settings have it.

    The client sets the variable for hooks over whatever a project's `env` says, but only where the
    user has the option; on 2.1.139 a project's settings may give its value, too.
    """
    name, told, own = settings.OPTION_VARIABLE, dict[str, str](), dict[str, str]()
    for content in contents:
        told |= settings.options_in(content)
        own |= settings.variables(content)
    install = os.path.basename(env.get("CLAUDE_PLUGIN_DATA", "").replace("\\", "/").rstrip("/"))
    values = {told[install]} if install in told else set(told.values()) if not install else set()
    values = values or ({own[name]} if name in own else set())
    if env[name] in values:
        return env
    if len(values) != 1 and name not in files.foreign(env, cwd, [name]):
        return env
    kept = {one: value for one, value in env.items() if one != name}
    return kept | {name: values.pop()} if len(values) == 1 else kept


def _moved(env: Mapping[str, str], cwd: str, start: Start | None) -> list[str]:
    """The places that are not where the client was started with them, or a project names."""
    there = [name for name in trust.PLACES if name in env]
    if start is None:
        return sorted(files.named_places(env, cwd, there))
    return [name for name in there if env[name] != start.environ.get(name)]


def _home_of_this_copy() -> Mapping[str, str]:
    """The home in which the client keeps this copy of the plugin, if that tells one."""
    home, found, _ = paths.ROOT.partition(os.path.join(os.sep, ".claude", "plugins", ""))
    return {"HOME": home} if found else {}


def _with_places(
    env: Mapping[str, str], started: Mapping[str, str], names: Collection[str]
) -> dict[str, str]:
    """`env` with the places `names` as the client was `started` with them."""
    here = {name: value for name, value in env.items() if name not in names}
    return here | {name: started[name] for name in names if name in started}


def _perhaps_of_another(env: Mapping[str, str], started: Mapping[str, str]) -> list[str]:
    """What a client with the mark was started with, perhaps by what another client started."""
    above = _above_the_mark()
    return [
        name
        for name in trust.watched(env)
        if started.get(name) == env[name] and above.get(name) != env[name]
    ]


def _above_the_mark() -> Mapping[str, str]:
    from cheaproute.client import ancestry

    return ancestry.started_with() or {}


def _of_a_sandbox(names: Iterable[str], env: Mapping[str, str], topmost: int) -> set[str]:
    """Those of `names` that a sandbox's shell has of the client: its proxy, its own /tmp."""
    found = {name for name in names if name.startswith("TMPDIR") and _is_apart(topmost, "mnt")}
    proxies = [name for name in names if name.startswith(_PROXIES)]
    if proxies and _is_apart(topmost, "net"):
        found |= {name for name in proxies if "no_" in name.lower() or _is_here(env[name])}
    return found


def _is_apart(topmost: int, kind: str) -> bool:
    """Whether we have a namespace of our own there, as far as can be seen."""
    try:
        return os.readlink(f"/proc/self/ns/{kind}") != os.readlink(f"/proc/{topmost}/ns/{kind}")
    except OSError:
        return True


def _is_here(url: str) -> bool:
    host = url.rpartition("://")[2].partition("/")[0].rpartition("@")[2]
    return host.startswith(_HERE) and host.rpartition(":")[2].isdigit()


def _environ(pid: int) -> Mapping[str, str]:
    try:
        return client.environ(pid)
    except OSError:
        return {}
