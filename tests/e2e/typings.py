"""What type-checks the module: TypeScript, pinned, and the types that the client itself writes."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import tarfile

from tests.e2e import client
from tests.e2e.session import Machine

VERSION = "5.9.3"
PACKAGE = f"typescript@{VERSION}"
# What npm publishes for this version (`npm view PACKAGE dist.integrity`).
INTEGRITY = "sha512-jl1vZzPDinLr9eUt3J/t7V6FgNEw9QjvBPdysz9KfQDD41fQrC2Y4vKQdiaUpFT4bXlb1RHhLpp8wtm6M5TgSw=="  # noqa: E501
# As the client's own types say in their head.
OPTIONS = {
    "target": "es2023",
    "lib": ["es2023"],
    "types": [],
    "module": "esnext",
    "moduleResolution": "bundler",
    "strict": True,
    "noUncheckedIndexedAccess": True,
    "noEmit": True,
    "skipLibCheck": True,
    "allowJs": True,
    "checkJs": True,
    "jsx": "react",
    "jsxFactory": "h",
    "jsxFragmentFactory": "Fragment",
}


def compiler(cache: str = client.CACHE) -> str:
    """The path of `tsc.js`, fetched from npm into `cache` if it is not there yet.

    Raises:
        ClientMissing: no npm, no network, or another file than pinned.
    """
    place = os.path.join(cache, f"typescript-{VERSION}")
    if not os.path.exists(place):
        new = f"{place}.{os.getpid()}"
        archive = client.pack(PACKAGE, INTEGRITY, new)
        with tarfile.open(archive) as tar:
            tar.extractall(new, filter="data")
        os.unlink(archive)
        try:
            os.rename(new, place)
        except OSError:  # another test run was quicker
            shutil.rmtree(new)
    return os.path.join(place, "package", "lib", "tsc.js")


def declarations(machine: Machine) -> str:
    """The types of the machine's client, kept beside it.

    The client writes them when its own `/plugin-authoring` is asked for; any reply does.
    """
    kept = os.path.join(os.path.dirname(machine.claude), "claude-code.d.ts")
    if not os.path.exists(kept):
        scratch = os.path.join(machine.home, "scratch")
        os.makedirs(scratch)
        machine.run("/plugin-authoring", plugin=False, TMPDIR=scratch)
        (found,) = glob.glob(f"{scratch}/**/claude-code.d.ts", recursive=True)
        shutil.copy(found, f"{kept}.{os.getpid()}")
        os.replace(f"{kept}.{os.getpid()}", kept)
    return kept


def check(config: str, tsc: str) -> str:
    """What the compiler says about the project of `config`, "" where all is well."""
    command = [shutil.which("node") or "node", tsc, "-p", config]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout + done.stderr
