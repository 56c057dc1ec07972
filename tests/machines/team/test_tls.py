"""A team's server behind TLS: what is sent to another machine is sealed, and to the right one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cheaproute.machines.team import connection
from tests.conftest import ROOT
from tests.delegate.backends.test_http import certificate
from tests.machines.team.conftest import OWNER_PASSWORD, Server, programs

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("postgresql")]

# The server's name in its certificate; which address it has is this test's word alone.
NAME = "costs.example"
ASK = (
    "import sys; from cheaproute.errors import CheaprouteError\n"
    "from cheaproute.machines.team import connection\n"
    "try:\n"
    "    db = connection.connect(sys.argv[1], password=sys.argv[2])\n"
    "except CheaprouteError as error:\n"
    "    sys.exit(f'{type(error).__name__}: {error}')\n"
    "row = db.execute('SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()')\n"
    "print(*row.fetchone())\n"
)


@pytest.fixture(scope="module")
def sealed() -> Iterator[Server]:
    """A cluster with TLS, its certificate signed by nobody else."""
    yield from running(tls=True)


@pytest.fixture(scope="module")
def bare() -> Iterator[Server]:
    """A cluster without TLS."""
    yield from running(tls=False)


def running(*, tls: bool) -> Iterator[Server]:
    """A cluster of its own, thrown away afterwards."""
    where = programs()
    if not where:
        pytest.skip("no PostgreSQL here")
    place = tempfile.mkdtemp(prefix="cheaproute-tls-", dir="/tmp")
    server = Server(place, where)
    server.make()
    os.chmod(place, 0o755)  # noqa: S103 - the certificate is read by others
    if tls:
        pem, key = certificate(Path(place), NAME, "localhost")
        owner = os.stat(os.path.join(place, "data"))
        for path in (pem, key):
            os.chown(path, owner.st_uid, owner.st_gid)
            os.chmod(path, 0o600 if path == key else 0o644)
        server.options = f"-c ssl=on -c ssl_cert_file={pem} -c ssl_key_file={key}"
    server.start()
    yield server
    with suppress(subprocess.CalledProcessError):
        server.stop("immediate")
    shutil.rmtree(place, ignore_errors=True)


def ask(server: Server, options: str, host: str = NAME) -> tuple[int, str]:
    """What a member's machine gets to hear that knows the server by `host`."""
    hosts = Path(server.place, "hosts")
    hosts.write_text(f"127.0.0.1 localhost {NAME} other.example\n")
    url = f"postgresql://owner@{host}:{server.port}/postgres{options}"
    assert connection.check(url) == url
    line = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'
    program = [sys.executable, "-c", ASK, url, OWNER_PASSWORD]
    done = subprocess.run(
        ["unshare", "-m", "/bin/sh", "-c", line, "sh", str(hosts), *program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare failed" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"nothing may be mounted here: {done.stderr}")
    assert "Traceback" not in done.stderr
    assert OWNER_PASSWORD not in done.stderr
    return done.returncode, (done.stdout + done.stderr).strip()


def ca(server: Server) -> str:
    """The option that names who signed."""
    return f"sslrootcert={server.place}/ca.pem"


@pytest.mark.parametrize("mode", ["verify-full", "verify-ca", "require"])
def test_the_right_server_is_talked_to_under_tls(sealed: Server, mode: str) -> None:
    """By the name in its certificate, and by who signed that."""
    code, said = ask(sealed, f"?sslmode={mode}&{ca(sealed)}")
    assert (code, said) == (0, "True TLSv1.3")


def test_without_a_word_it_is_tls_all_the_same(sealed: Server) -> None:
    """A URL that asks for nothing: the connection is sealed."""
    assert ask(sealed, "") == (0, "True TLSv1.3")


@pytest.mark.parametrize(
    ("host", "options", "why"),
    [
        ("other.example", "?sslmode=verify-full&{ca}", "does not match host name"),
        (NAME, "?sslmode=verify-full&sslrootcert={place}/other/ca.pem", "verify failed"),
        (NAME, "?sslmode=verify-ca&sslrootcert={place}/other/ca.pem", "verify failed"),
        (NAME, "?sslmode=verify-full&sslrootcert={place}/gone.pem", "gone.pem"),
    ],
)
def test_another_server_is_refused(sealed: Server, host: str, options: str, why: str) -> None:
    """Another name, or signed by somebody else: one line, and nothing was sent."""
    other = Path(sealed.place, "other")
    other.mkdir(exist_ok=True)
    certificate(other, NAME)
    code, said = ask(sealed, options.format(ca=ca(sealed), place=sealed.place), host)
    assert code == 1
    assert why in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("options", ["", "?sslmode=require", "?sslmode=verify-full"])
def test_a_server_without_tls_is_refused_but_on_this_machine(bare: Server, options: str) -> None:
    """Rows do not travel in the open; on the loopback there is nobody between."""
    code, said = ask(bare, options)
    assert code == 1
    assert "SSL" in said or "certificate" in said
    assert len(said.splitlines()) == 1
    assert ask(bare, "", "127.0.0.1") == (0, "False None")
    assert ask(bare, "?sslmode=disable", "localhost") == (0, "False None")


def test_a_password_is_not_given_away_in_words(sealed: Server) -> None:
    """A server that asks for it in the clear may be anybody, unless it was verified."""
    rules = Path(sealed.place, "data", "pg_hba.conf")
    before = rules.read_text()
    try:
        rules.write_text("hostssl all all 127.0.0.1/32 password\n")
        sealed.run("pg_ctl", "-D", str(Path(sealed.place, "data")), "reload")
        code, said = ask(sealed, "?sslmode=require")
        assert code == 1
        assert "password" in said
        assert ask(sealed, f"?sslmode=verify-full&{ca(sealed)}")[0] == 0
    finally:
        rules.write_text(before)
        sealed.run("pg_ctl", "-D", str(Path(sealed.place, "data")), "reload")
