"""The way to the team's PostgreSQL: a URL without a password, TLS unless it is this machine."""

from __future__ import annotations

import ipaddress
import os
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from cheaproute.errors import CheaprouteError, LibraryMissing, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

CONNECT_S = 10
STATEMENT_MS = 20_000
# What else may stand in the URL: nothing that names another host, or a file of secrets.
_OPTIONS = {
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "channel_binding",
    "target_session_attrs", "gssencmode", "keepalives", "tcp_user_timeout",
}  # fmt: skip
# A server that is cut off in the middle says nothing: after so long nobody waits for it.
_PATIENCE = {
    "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}  # fmt: skip
# libpq's variables that only say where secrets and certificates are. A project may set the others
# for its sessions, and they would lead what a round tells to another server.
_VARIABLES = ("PGPASSFILE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL", "PGSSLCRLDIR")
_SAFE = ("require", "verify-ca", "verify-full")
OLDEST = 150_000
# The first libpq that can refuse a way to log in.
_KNOWS_WHO_ASKS = 160_000


def check(url: str) -> str:
    """`url`, as it may be kept.

    Raises:
        UsageError: it is no PostgreSQL URL, holds a password, or asks for an open connection to
            another machine.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("postgresql", "postgres") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"{_shown(url)}: write it like postgresql://ada@db.example/costs")
    query = parse_qs(parts.query, keep_blank_values=True)
    if parts.password is not None or "password" in query:
        raise UsageError(
            "a password in the URL ends up in process lists and histories: leave it out, it is "
            "asked for, or taken from PGPASSFILE or stdin"
        )
    odd = [key for key, values in query.items() if key not in _OPTIONS or len(values) > 1]
    if odd:
        raise UsageError(f"{odd[0]} has no place in the URL: only {', '.join(sorted(_OPTIONS))}")
    if not loopback(parts.hostname or "") and query.get("sslmode", ["require"])[0] not in _SAFE:
        raise UsageError(f"sslmode={query['sslmode'][0]} would send rows in the open: use require")
    return url


def loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def connect(url: str, passfile: str = "", password: str = "") -> Connection[tuple[object, ...]]:
    """A connection in autocommit mode, with a limit on every wait.

    Raises:
        CheaprouteError: no library, no server, no login; the message names none of the secrets.
    """
    try:
        import psycopg
    except ImportError:
        raise LibraryMissing("a team needs the library psycopg") from None
    parts = urlsplit(check(url))
    options = dict(_PATIENCE) | ({"passfile": passfile} if passfile else {})
    if password:
        options["password"] = password
    query = parse_qs(parts.query)
    if "tcp_user_timeout" in query:
        del options["tcp_user_timeout"]
    if not loopback(parts.hostname or ""):
        options |= {} if "sslmode" in query else {"sslmode": "require"}
    if query.get("sslmode") != ["verify-full"] and psycopg.pq.version() >= _KNOWS_WHO_ASKS:
        options["require_auth"] = "!password"  # whoever sits between must not get it in words
    try:
        with _by_the_url_alone():
            db = psycopg.connect(
                url,
                autocommit=True,
                connect_timeout=CONNECT_S,
                application_name="cheaproute",
                client_encoding="utf8",
                options=f"-c statement_timeout={STATEMENT_MS} -c lock_timeout={STATEMENT_MS}"
                r" -c default_transaction_isolation=read\ committed",
                **options,  # type: ignore[arg-type]  # psycopg types its keywords one by one
            )
    except psycopg.Error as error:
        raise CheaprouteError(f"{_shown(url)}: {in_a_line(error)}") from None
    if db.info.server_version < OLDEST:
        version = db.info.server_version // 10_000
        db.close()
        raise CheaprouteError(f"{_shown(url)}: PostgreSQL {version}, 15 or newer is needed")
    return db


@contextmanager
def _by_the_url_alone() -> Iterator[None]:
    """The environment without what would lead a connection elsewhere."""
    names = [name for name in os.environ if name.startswith("PG") and name not in _VARIABLES]
    aside = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(aside)


@contextmanager
def refusals() -> Iterator[None]:
    """What a server that was reached refuses, or no longer answers, as an expected failure.

    Raises:
        CheaprouteError: it does; one line.
    """
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise CheaprouteError(f"the team's server: {in_a_line(error)}") from None


def in_a_line(error: BaseException) -> str:
    """An error of the server in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300]


def _shown(url: str) -> str:
    """The URL as it may be printed: without what could be a secret."""
    try:
        parts = urlsplit(url)
        where = parts.hostname or "?"
    except ValueError:
        return "this URL"
    name = parts.path.lstrip("/")
    return f"{parts.username or '?'}@{where}{os.sep if name else ''}{name}"
