"""A real PostgreSQL for the session: its own cluster, on loopback, thrown away afterwards."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator

import pytest

OWNER_PASSWORD = "owner-password-of-a-test"


class Server:
    """A cluster that can be stopped, killed and started again."""

    def __init__(self, place: str, programs: str, options: str = "") -> None:
        self.place = place
        self.options = options
        self.programs = programs
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    def run(self, program: str, *words: str) -> None:
        """Run one of PostgreSQL's programs, as somebody who is not root."""
        user = "postgres" if os.getuid() == 0 else None
        subprocess.run(
            [os.path.join(self.programs, program), *words],
            check=True,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )

    def make(self) -> None:
        """Initialise the cluster, with passwords for everybody."""
        secret = os.path.join(self.place, "password")
        with open(secret, "w", encoding="ascii") as file:
            file.write(OWNER_PASSWORD + "\n")
        if os.getuid() == 0:
            account = pwd.getpwnam("postgres")
            for path in (self.place, secret):
                os.chown(path, account.pw_uid, account.pw_gid)
        data = os.path.join(self.place, "data")
        self.run(
            "initdb",
            "-D",
            data,
            "-U",
            "owner",
            "-A",
            "scram-sha-256",
            "--pwfile",
            secret,
            "-N",
            "-E",
            "UTF8",
        )

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' "
            f"-c fsync=off -c max_connections=100 {self.options}"
        )
        data = os.path.join(self.place, "data")
        self.run(
            "pg_ctl",
            "-D",
            data,
            "-o",
            options,
            "-l",
            os.path.join(self.place, "log"),
            "-w",
            "start",
        )

    def stop(self, how: str = "fast") -> None:
        """Stop; `immediate` is as a crash."""
        self.run("pg_ctl", "-D", os.path.join(self.place, "data"), "-m", how, "-w", "stop")

    def url(self, user: str, database: str = "postgres") -> str:
        """The URL for a user."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"


def programs() -> str:
    """Where PostgreSQL's programs are, "" if nowhere."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if found:
        return os.path.dirname(found[-1])
    path = shutil.which("initdb")
    return os.path.dirname(os.path.realpath(path)) if path else ""


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The cluster."""
    where = programs()
    if not where:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("no PostgreSQL: apt-get install postgresql")
        pytest.skip("no PostgreSQL here")
    place = tempfile.mkdtemp(prefix="cheaproute-pg-", dir="/tmp")  # short: no home
    one = Server(place, where)
    one.make()
    one.start()
    yield one
    try:
        one.stop("immediate")
    except subprocess.CalledProcessError:
        time.sleep(0.2)
    shutil.rmtree(place, ignore_errors=True)
