"""Where packages come from, taken over on purpose; all else that bends pip or uv stays outside.

A user's pip.conf may send installations elsewhere (`target`, `prefix`, `root`, `dry-run`), and a
project's settings may set PIP_* and UV_* in a hook's environment. So both run in a fixed, small
environment, without their configuration files; of those, and of the variables, only the index, the
proxy and the certificates are taken over. What is installed is pinned by hashes all the same.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping

from cheaproute import fastjson
from cheaproute.config import paths, toml_file

_SYSTEM = (
    "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "SHELL",
    "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "USER", "XDG_CACHE_HOME",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC",
)  # fmt: skip
_PIP = (
    "index-url", "extra-index-url", "no-index", "find-links", "trusted-host", "proxy", "cert",
    "client-cert", "timeout", "retries", "keyring-provider", "cache-dir",
)  # fmt: skip
_UV = (
    "index-url", "extra-index-url", "default-index", "index", "no-index", "find-links", "offline",
    "native-tls", "system-certs", "allow-insecure-host", "keyring-provider", "cache-dir",
    "insecure-host", "http-timeout",
)  # fmt: skip
# A longer configuration file says nothing.
_MOST_BYTES = 1_000_000


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """What pip and uv are started with."""
    kept = {name: env[name] for name in _SYSTEM if name in env}
    kept |= _variables("PIP", _PIP, _of_pip(env)) | _variables("UV", _UV, _of_uv(env))
    for prefix, options in (("PIP", _PIP), ("UV", _UV)):
        names = [_variable(prefix, option) for option in options]
        kept |= {name: env[name] for name in names if name in env}
    # A file named there and gone would stop every connection.
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT"):
        if name in kept and not os.path.exists(kept[name]):
            del kept[name]
    return kept | {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_USER": "0",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }


def _variable(prefix: str, option: str) -> str:
    return f"{prefix}_{option.upper().replace('-', '_')}"


def _variables(prefix: str, options: tuple[str, ...], said: Mapping[str, str]) -> dict[str, str]:
    return {_variable(prefix, name): value for name, value in said.items() if name in options}


def _of_pip(env: Mapping[str, str]) -> dict[str, str]:
    """The user's and the machine's pip configuration, the later file winning, as pip reads it."""
    home = paths.home(env)
    config = paths.absolute(env.get("XDG_CONFIG_HOME", ""), env) or os.path.join(home, ".config")
    files = [
        "/etc/xdg/pip/pip.conf",
        "/etc/pip.conf",
        "/Library/Application Support/pip/pip.conf",
        os.path.join(home, ".pip", "pip.conf"),
        os.path.join(config, "pip", "pip.conf"),
        os.path.join(home, "Library", "Application Support", "pip", "pip.conf"),
    ]
    named = paths.absolute(env.get("PIP_CONFIG_FILE", ""), env)
    if named == os.devnull:
        return {}
    said: dict[str, str] = {}
    for path in [*files, named] if named else files:
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(fastjson.content(path, _MOST_BYTES).decode())
        except (configparser.Error, OSError, ValueError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                said |= {
                    name.replace("_", "-"): value.replace("\n", " ").strip()
                    for name, value in parser.items(section)
                }
    return said


def _of_uv(env: Mapping[str, str]) -> dict[str, str]:
    home = paths.home(env)
    config = paths.absolute(env.get("XDG_CONFIG_HOME", ""), env) or os.path.join(home, ".config")
    said: dict[str, str] = {}
    for path in ("/etc/uv/uv.toml", os.path.join(config, "uv", "uv.toml")):
        try:
            content = toml_file.parsed(fastjson.content(path, _MOST_BYTES).decode())
        except (OSError, ValueError):
            continue
        own = content.get("pip")
        for table in (content, own if isinstance(own, dict) else {}):
            for name, value in table.items():
                if name == "index":
                    continue
                if isinstance(value, bool):
                    said[name] = str(value).lower()
                elif isinstance(value, str | int):
                    said[name] = str(value)
                elif isinstance(value, list) and all(isinstance(item, str) for item in value):
                    said[name] = " ".join(value)
        said |= _indexes(content.get("index"))
    return said


def _indexes(tables: object) -> dict[str, str]:
    """Uv's `[[index]]`: the default one, and the others."""
    found = [row for row in tables if isinstance(row, dict)] if isinstance(tables, list) else []
    urls = [(str(row.get("url", "")), row.get("default") is True) for row in found]
    first = [url for url, default in urls if default and url]
    said = {"default-index": first[-1]} if first else {}
    others = " ".join(url for url, default in urls if not default and url)
    return said | ({"index": others} if others else {})
