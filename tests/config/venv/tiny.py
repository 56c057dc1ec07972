"""One library as a wheel made here: an environment is built in seconds, without a network."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import zipfile
from pathlib import Path

_NAME = "tomli_w-1.0.0"
# A module in C, by the stable ABI's layout: no header is needed.
MODULE = "_tiny.abi3.so"
_SOURCE = """
extern void *PyModule_Create2(void *, int);
static struct {
  long refs; void *type, *init; long index; void *copy;
  const char *name, *doc; long size; void *methods, *slots, *traverse, *clear, *free;
} def = {1, 0, 0, 0, 0, "_tiny", 0, -1, 0, 0, 0, 0, 0};
void *PyInit__tiny(void) { return PyModule_Create2(&def, 3); }
"""


def tiny(place: Path, *, compiled: bool = False) -> Path:
    """A wheel named like one of our libraries, and a lock file with its hash, in `place`.

    `compiled`: a part of it is in C, where there is a compiler.
    """
    files: dict[str, bytes] = {
        "tomli_w/__init__.py": b"",
        f"{_NAME}.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tomli-w\nVersion: 1.0.0\n",
        f"{_NAME}.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
        b"Tag: py3-none-any\n",
    }
    module = _module(place) if compiled else b""
    if module:
        files |= {"tomli_w/__init__.py": b"from . import _tiny\n", f"tomli_w/{MODULE}": module}
    rows = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in files.items()]
    record = "\n".join([*rows, f"{_NAME}.dist-info/RECORD,,"]) + "\n"
    files[f"{_NAME}.dist-info/RECORD"] = record.encode()
    path = place / f"{_NAME}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, data in files.items():
            archive.writestr(inner, data)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (place / "requirements.lock").write_text(f"tomli-w==1.0.0 --hash=sha256:{digest}\n")
    return place


def _module(place: Path) -> bytes:
    """The module in C, b"" where it cannot be made."""
    source, library = place / "tiny.c", place / "tiny.so"
    source.write_text(_SOURCE)
    words = ["gcc", "-shared", "-fPIC", "-o", str(library), str(source)]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return b""
    data = library.read_bytes()
    source.unlink()
    library.unlink()
    return data


def _digest(data: bytes) -> str:
    raw = hashlib.sha256(data).digest()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
