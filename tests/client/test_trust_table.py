"""Each variable that chooses a program, host, index, credential, certificate or configuration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cheaproute.client import program, trust
from cheaproute.client.watched import WATCHED
from cheaproute.config.venv import package_index, spawn

CHOOSING = {
    "a program": "PATH SHELL EDITOR VISUAL PAGER MANPAGER BROWSER COMSPEC PATHEXT BASH_ENV ENV "
    "LESSOPEN GIT_EXEC_PATH GIT_SSH_COMMAND GIT_EDITOR GIT_ASKPASS SSH_ASKPASS SUDO_ASKPASS "
    "PIP_PYTHON UV_PYTHON UV_TOOL_BIN_DIR VIRTUAL_ENV CONDA_PREFIX PYENV_ROOT PYENV_VERSION "
    "NODE_OPTIONS NODE_PATH NPM_CONFIG_PREFIX npm_config_prefix BUN_INSTALL ELECTRON_RUN_AS_NODE "
    "CLAUDE_CODE_SHELL CLAUDE_CODE_GIT_BASH_PATH CLAUDE_ENV_FILE SSH_AUTH_SOCK CDPATH IFS PS4 "
    "PROMPT_COMMAND ZDOTDIR DBUS_SESSION_BUS_ADDRESS DISPLAY WAYLAND_DISPLAY XAUTHORITY "
    "WSL_INTEROP",
    "code": "LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES PYTHONPATH PYTHONHOME "
    "PYTHONSTARTUP PYTHONBREAKPOINT PYTHONUSERBASE PERL5OPT PERL5LIB RUBYOPT JAVA_TOOL_OPTIONS "
    "_JAVA_OPTIONS GCONV_PATH LOCPATH GLIBC_TUNABLES OPENSSL_MODULES OPENSSL_ENGINES "
    "GSS_MECH_CONFIG SASL_PATH SASL_CONF_PATH",
    "a host": "ANTHROPIC_BASE_URL ANTHROPIC_BEDROCK_BASE_URL ANTHROPIC_VERTEX_BASE_URL "
    "ANTHROPIC_FOUNDRY_BASE_URL ANTHROPIC_UNIX_SOCKET HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY "
    "http_proxy https_proxy all_proxy no_proxy PGHOST PGHOSTADDR PGSERVICE HOSTALIASES "
    "LOCALDOMAIN RES_OPTIONS OTEL_EXPORTER_OTLP_ENDPOINT AWS_ENDPOINT_URL CLOUD_ML_REGION "
    "AZURE_AUTHORITY_HOST GOOGLE_CLOUD_PROJECT CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_VERTEX "
    "GIT_PROXY_COMMAND LDAPCONF LDAPRC LDAPURI",
    "an index": "PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_TRUSTED_HOST PIP_NO_BINARY "
    "PIP_TARGET PIP_CONSTRAINT PIP_REQUIREMENT UV_INDEX_URL UV_DEFAULT_INDEX UV_INDEX "
    "UV_FIND_LINKS UV_INSECURE_HOST UV_NO_BINARY UV_BUILD_CONSTRAINT NPM_CONFIG_REGISTRY",
    "a credential": "ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN ANTHROPIC_CUSTOM_HEADERS "
    "ANTHROPIC_PROFILE ANTHROPIC_IDENTITY_TOKEN_FILE CLAUDE_CODE_OAUTH_TOKEN "
    "CLAUDE_CODE_API_KEY_HELPER_TTL_MS CLAUDE_CODE_CLIENT_KEY AWS_PROFILE AWS_ACCESS_KEY_ID "
    "AWS_SHARED_CREDENTIALS_FILE AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_FULL_URI "
    "GOOGLE_APPLICATION_CREDENTIALS CLOUDSDK_CONFIG AZURE_CONFIG_DIR PGPASSWORD PGPASSFILE NETRC "
    "KRB5CCNAME KRB5_CONFIG PIP_KEYRING_PROVIDER CLAUDE_CODE_SKIP_BEDROCK_AUTH",
    "a certificate": "SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE "
    "NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED CLAUDE_CODE_CERT_STORE PGSSLROOTCERT "
    "PGSSLMODE SSLKEYLOGFILE AWS_CA_BUNDLE GIT_SSL_NO_VERIFY PIP_CERT UV_NATIVE_TLS",
    "a configuration": "CHEAPROUTE_HOME CHEAPROUTE_DISABLE CHEAPROUTE_CAP_MONTH_USD "
    "CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD PIP_CONFIG_FILE UV_CONFIG_FILE GIT_CONFIG_GLOBAL "
    "GIT_CONFIG_COUNT GIT_DIR OPENSSL_CONF CURL_HOME AWS_CONFIG_FILE PGSERVICEFILE PGSYSCONFDIR "
    "PGOPTIONS TERMINFO TZDIR SQLITE_TMPDIR TMPDIR CLAUDE_CODE_EXTRA_BODY XDG_DATA_DIRS "
    "XDG_CONFIG_DIRS XDG_CURRENT_DESKTOP DESKTOP_SESSION XDG_RUNTIME_DIR",
}
ALL = [name for names in CHOOSING.values() for name in names.split()]
# What tells where the user's things are, which the client keeps to itself (see `trust`), and how to
# write; none of it chooses anything of the above.
HARMLESS = frozenset(
    (
        *("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "CLAUDE_CONFIG_DIR"),
        *("USER", "LOGNAME", "IS_SANDBOX"),
        *("LANG", "LANGUAGE", "LC_", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMDRIVE", "VTE_VERSION"),
        *("TERM", "TERM_PROGRAM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"),
        *("CLICOLOR", "CLICOLOR_FORCE", "WSL_DISTRO_NAME", "TERMINAL_EMULATOR"),
    )
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A project whose settings set all of them."""
    place = tmp_path / "repo" / ".claude"
    place.mkdir(parents=True)
    (place / "settings.json").write_text(json.dumps({"env": dict.fromkeys(ALL, "/evil")}))
    return place.parent


@pytest.mark.parametrize("seen", [True, False], ids=["start seen", "start not seen"])
def test_the_repositorys_word_is_not_the_users(
    repository: Path, home: Path, monkeypatch: pytest.MonkeyPatch, *, seen: bool
) -> None:
    """What the user had said stands; what nobody but the repository said is not there."""
    users = {"HOME": str(home), "PATH": "/usr/bin", "HTTPS_PROXY": "http://proxy.work:3128"}
    start = trust.Start((), users, told=False) if seen else None
    monkeypatch.setattr(trust, "_started", lambda *_, **_k: start)
    env = trust.environment({**users, **dict.fromkeys(ALL, "/evil")}, str(repository))
    assert [name for name in ALL if env.get(name) == "/evil"] == []
    if seen:
        assert dict(env) == users


@pytest.mark.parametrize("name", ALL)
def test_the_users_own_word_stands(
    name: str, repository: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the settings of the user, whatever the repository says of the same variable."""
    (home / ".claude").mkdir(exist_ok=True)
    (home / ".claude" / "settings.json").write_text(json.dumps({"env": {name: "/mine"}}))
    monkeypatch.setattr(trust, "_started", lambda *_, **_k: None)
    env = trust.environment({"HOME": str(home), name: "/evil"}, str(repository))
    assert env.get(name) == "/mine"


def test_whatever_a_child_is_given_is_watched_or_harmless() -> None:
    """No list lets through what another forgot."""
    given = {
        *spawn._NAMES,
        *spawn._PREFIXES,
        *program._NAMES,
        *program._PREFIXES,
        *package_index._SYSTEM,
    }
    unwatched = {name for name in given if not name.startswith(WATCHED)} - HARMLESS
    # Of these the client's own switches are told apart below the prefix.
    assert unwatched <= {"CLAUDE"}


def test_a_child_is_given_what_it_needs_and_no_more() -> None:
    """An allow-list: a variable that nobody thought of stays outside."""
    env = {"HOME": "/h", "ANTHROPIC_API_KEY": "k", "LD_PRELOAD": "/x", "PYTHONPATH": "/x", "X": "1"}
    assert spawn.allowed(env) == {"HOME": "/h", "ANTHROPIC_API_KEY": "k"}


@pytest.mark.parametrize("name", ["LANGUAGE", "LANG", "LC_ALL", "LC_MESSAGES", "LC_CTYPE"])
def test_a_language_is_no_place(name: str) -> None:
    """What the C library and gettext would open there could be anything."""
    for place in ("/proc/self/cwd/loc", "../../../proc/self/cwd/loc", "de:/evil", ".."):
        assert spawn.allowed({name: place}) == {}
    for said in ("C", "POSIX", "C.UTF-8", "de_DE.UTF-8@euro", "de:en"):
        assert spawn.allowed({name: said}) == {name: said}


@pytest.mark.parametrize("name", ["COLUMNS", "LINES"])
def test_a_screen_has_an_edge(name: str) -> None:
    """A number that no screen has is not handed on."""
    for wide in ("999999999", "9" * 5000, "-1", "1e3"):
        assert spawn.allowed({name: wide}) == {}
    assert spawn.allowed({name: "140"}) == {name: "140"}
