"""The HTTP client under the SDK, made from what Claude Code itself honours, and nothing else.

A proxy (`HTTPS_PROXY`, else `HTTP_PROXY`; `NO_PROXY` read tolerantly), the system's certificates,
`NODE_EXTRA_CA_CERTS` and `SSL_CERT_FILE` where they are there, a certificate of one's own
(`CLAUDE_CODE_CLIENT_CERT`, `_KEY`). What a VPN or a container tool left besides (`ALL_PROXY`, a
file that is gone, `NO_PROXY` with networks or brackets) does not stop a call.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cheaproute.errors import DelegationError

if TYPE_CHECKING:
    import httpx2

_PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY")
_EXTRA = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")
_CERT, _KEY, _WORD = (f"CLAUDE_CODE_CLIENT_{name}" for name in ("CERT", "KEY", "KEY_PASSPHRASE"))


def client(env: Mapping[str, str]) -> Any:  # noqa: ANN401 - the SDK's types, where it is imported
    """The client for calls from `env`.

    Raises:
        DelegationError: a variable names what cannot be used; it is named.
    """
    import anthropic

    return anthropic.DefaultHttpxClient(transport=_transport(env), trust_env=False)


def proxy(env: Mapping[str, str]) -> tuple[str, str]:
    """The proxy's URL, and the variable that names it; "" where there is none."""
    for name in _PROXIES:
        url = env.get(name, "").strip()
        if url:
            return (url if "://" in url else f"http://{url}"), name
    return "", ""


def direct(host: str, port: int | None, env: Mapping[str, str]) -> bool:
    """Whether `NO_PROXY` takes `host` from the proxy; an entry that is none takes nothing."""
    said = env.get("no_proxy") or env.get("NO_PROXY") or ""
    host = host.strip("[]").lower()
    return any(_names(entry.lower(), host, port) for entry in said.replace(",", " ").split())


def _names(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    name, _, number = entry.rpartition(":")
    if number.isdecimal() and name and (name.endswith("]") or ":" not in name):
        if port is not None and int(number) != port:
            return False
        entry = name
    entry = entry.strip("[]").removeprefix("*").removeprefix(".")
    return bool(entry) and (host == entry or host.endswith("." + entry))


def _transport(env: Mapping[str, str]) -> httpx2.BaseTransport:
    import httpx2

    url, name = proxy(env)
    context = certificates(env)

    class ByHost(httpx2.BaseTransport):
        """By the proxy, or directly where NO_PROXY says so."""

        def __init__(self) -> None:
            self._direct = httpx2.HTTPTransport(verify=context, trust_env=False)
            self._proxied = httpx2.HTTPTransport(verify=context, trust_env=False, proxy=url or None)

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            past = not url or direct(request.url.host, request.url.port, env)
            return (self._direct if past else self._proxied).handle_request(request)

        def close(self) -> None:
            self._direct.close()
            self._proxied.close()

    try:
        return ByHost()
    except Exception as error:
        where = f"{name}={url}: no proxy that can be used" if name else "no connection can be made"
        raise DelegationError(f"{where}: {_line(error)}") from error


def certificates(env: Mapping[str, str]) -> ssl.SSLContext:
    """Whom to trust, and who we are where an organization asks for that.

    Raises:
        DelegationError: a file that is there is no certificate.
    """
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):  # OpenSSL reads these by itself
        if name in os.environ and not os.path.exists(os.environ[name]):
            del os.environ[name]
    context = _system()
    for name in _EXTRA:
        path = env.get(name, "")
        if path and os.path.isfile(path):
            try:
                context.load_verify_locations(cafile=path)
            except (OSError, ValueError) as error:
                raise DelegationError(f"{name}={path}: no certificates: {_line(error)}") from error
    own = env.get(_CERT, "")
    if own:
        try:
            context.load_cert_chain(own, env.get(_KEY) or None, env.get(_WORD) or None)
        except (OSError, ValueError) as error:
            raise DelegationError(
                f"{_CERT}={own}: not a certificate with its key ({_KEY}): {_line(error)}"
            ) from error
    return context


def _system() -> ssl.SSLContext:
    """The system's own store, as the client's runtime has it; else the one that came along."""
    try:
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    except ImportError:
        context = ssl.create_default_context()
    if not context.get_ca_certs():
        try:
            import certifi

            context.load_verify_locations(cafile=certifi.where())
        except (ImportError, OSError):
            pass
    return context


def _line(error: object) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
