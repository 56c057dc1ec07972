"""The command line in a session: what its libraries, and what it starts, find in `environ`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.plugin.test_command import COMMAND

# What chooses a file, a program, a host or an answer, by what reads it.
OBEYED = {
    "SQLite": "SQLITE_TMPDIR SQLITE_HISTORY",
    "the resolver": "HOSTALIASES LOCALDOMAIN RES_OPTIONS RESOLV_HOST_CONF NSS_WRAPPER_HOSTS",
    "the C library": "GETCONF_DIR GCONV_PATH NLSPATH TZDIR MALLOC_TRACE MALLOC_ARENA_MAX LOCPATH "
    "GLIBC_TUNABLES LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT LD_DEBUG_OUTPUT DYLD_INSERT_LIBRARIES",
    "OpenSSL": "OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES SSL_CERT_FILE SSL_CERT_DIR "
    "SSLKEYLOGFILE CRYPTOGRAPHY_OPENSSL_NO_LEGACY CTLOG_FILE RANDFILE",
    "libpq": "PGSERVICEFILE PGPASSFILE PGSYSCONFDIR PGHOST PGHOSTADDR PGSSLROOTCERT PGOPTIONS "
    "PSYCOPG_IMPL PSYCOPG_DEBUG KRB5_CONFIG KRB5CCNAME GSS_MECH_CONFIG LDAPCONF",
    "a terminal": "TERMINFO TERMINFO_DIRS TERMCAP INPUTRC PAGER MANPAGER LESSOPEN LESSKEY "
    "EDITOR VISUAL VIMINIT EXINIT EMACSLOADPATH UNICODE_VERSION JPY_PARENT_PID",
    "a browser": "BROWSER XDG_DATA_DIRS XDG_CONFIG_DIRS XDG_CURRENT_DESKTOP GIO_EXTRA_MODULES "
    "GTK_MODULES GTK3_MODULES GTK_PATH QT_PLUGIN_PATH MOZ_LAUNCHER XDG_UTILS_DEBUG_LEVEL DE",
    "git": "GIT_DIR GIT_EXEC_PATH GIT_CONFIG_GLOBAL GIT_CONFIG_COUNT GIT_SSH_COMMAND GIT_TRACE",
    "pip and uv": "PIP_CONFIG_FILE PIP_INDEX_URL PIP_TARGET UV_CONFIG_FILE UV_INDEX_URL UV_PYTHON",
    "interpreters": "PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONBREAKPOINT PYTHONWARNINGS "
    "NODE_OPTIONS NODE_PATH PERL5OPT RUBYOPT LUA_INIT BASH_ENV ENV SHELLOPTS PS4",
    "clouds": "AWS_CONFIG_FILE AWS_PROFILE BOTO_CONFIG GOOGLE_APPLICATION_CREDENTIALS "
    "GCE_METADATA_HOST GCE_METADATA_ROOT CLOUDSDK_CONFIG AZURE_CONFIG_DIR IDENTITY_ENDPOINT "
    "MSI_ENDPOINT",
    "nobody yet": "X EVIL_OF_TOMORROW",
}
NAMES = [name for names in OBEYED.values() for name in names.split()]
AFTER = """import json, os, sys
sys.path.insert(0, sys.argv.pop(1))
from cheaproute.cli.main import main
main(["--version"])
print(json.dumps(dict(os.environ)))
"""
MAIN = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from cheaproute.cli.main import main; main()"
)


@pytest.mark.skipif(sys.platform != "linux", reason="where processes can be seen")
def test_nothing_is_left_that_a_library_could_obey(tmp_path: Path) -> None:
    """Though no settings file says it any more: what is known is judged, all else is not there."""
    shutil.copy("/bin/bash", tmp_path / "claude")
    users = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "COLUMNS": "99"}
    users |= {"EDITOR": "vi", "PGPASSFILE": "/mine", "ANTHROPIC_API_KEY": "k", "TERM": "xterm"}
    said = [f"{name}=/evil" for name in NAMES if name not in users]
    said += [
        "EDITOR=/evil",
        "PGPASSFILE=/evil",
        "LANGUAGE=/evil",
        "LC_ALL=../../evil",
        "LINES=9999",
    ]
    probe = [sys.executable, "-I", "-c", AFTER, ROOT]
    if os.environ.get("LD_LIBRARY_PATH"):
        pytest.skip("this Python needs a library that only that names")
    done = subprocess.run(
        [tmp_path / "claude", "-c", '"$@"; true', "sh", sys.executable, "-I", "-c", _WITH,
         json.dumps(dict(one.split("=", 1) for one in said) | {"CLAUDECODE": "1"}), *probe],
        env=users, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    assert [name for name, value in found.items() if "evil" in value or value == "9999"] == []
    assert users.items() <= found.items()


# As the client starts what its model wants; a program of the system would obey some of them.
_WITH = """import json, os, sys
env = {**os.environ, **json.loads(sys.argv[1])}
late = {name: env.pop(name) for name in list(env) if name.startswith(("LD_", "GLIBC_", "MALLOC_"))}
code = "import os, sys; os.environ.update(%r); " % late + sys.argv[5]
os.execve(sys.argv[2], [*sys.argv[2:5], code, *sys.argv[6:]], env)
"""


@pytest.mark.parametrize("name", ["LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"])
@pytest.mark.parametrize("way", ["command", "python"])
def test_no_catalogue_of_messages_is_looked_for(tmp_path: Path, way: str, name: str) -> None:
    """Where a project's `env` names a place for a language, a pipe there would be waited for."""
    place = tmp_path / "loc" / "LC_MESSAGES"
    place.mkdir(parents=True)
    os.mkfifo(place / "messages.mo")
    start = {
        "command": [COMMAND],
        "python": [sys.executable, "-I", "-X", "utf8", "-c", MAIN, ROOT],
    }
    path = f"{os.path.dirname(os.path.realpath(sys.executable))}:/usr/bin:/bin"
    env = {"HOME": str(tmp_path), "PATH": path, name: str(tmp_path / "loc")}
    for words in (["costs", "--nope"], ["cap", "--help"]):
        done = subprocess.run(
            [*start[way], *words], env=env, capture_output=True, text=True, timeout=20, check=False
        )
        assert "cheaproute" in done.stdout + done.stderr
