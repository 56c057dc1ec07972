"""Keep the bytecode of what a hook has loaded in the file that `start.py` reads."""

import marshal
import os
import sys

from start import ALSO, LENGTH, MAGIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from start import Kept, Part

_PYC_HEADER = 16  # bytes: magic, flags, the source's seconds and bytes


def add(kept: "Kept", names: list[str]) -> None:
    """Write the file anew with the modules `names` and what still holds; silent if it can't."""
    try:
        parts = {name: part for name, part in kept.parts.items() if kept.holds(name)}
        codes = {name: kept.code(part) for name, part in parts.items()}
        for name in names:
            _add(kept.root, name, parts, codes)
        if codes.keys() - kept.parts.keys():
            _write(kept.file, parts, codes)
    except OSError:
        return


def _add(root: str, name: str, parts: "dict[str, Part]", codes: dict[str, bytes]) -> None:
    """Take the module's code from its `.pyc`, if that is true to its source."""
    spec = sys.modules[name].__spec__
    if spec is None or not spec.origin or not spec.cached or not os.path.exists(spec.cached):
        return
    source = os.stat(spec.origin)
    with open(spec.cached, "rb") as stream:
        compiled = stream.read()
    stamp = (0, int(source.st_mtime), source.st_size)
    head = b"".join((number & 0xFFFFFFFF).to_bytes(4, "little") for number in stamp)
    if compiled[:_PYC_HEADER] == MAGIC + head:
        where = spec.origin if name == ALSO else spec.origin[len(root) :]
        package = bool(spec.submodule_search_locations)
        parts[name] = (where, package, source.st_mtime, source.st_size, 0, 0)
        codes[name] = compiled[_PYC_HEADER:]


def _write(file: str, parts: "dict[str, Part]", codes: dict[str, bytes]) -> None:
    at = 0
    for name, code in codes.items():
        parts[name] = (*parts[name][:4], at, len(code))
        at += len(code)
    index = marshal.dumps(parts)
    beside = f"{file}.{os.getpid()}"
    try:
        with open(beside, "wb") as stream:
            stream.writelines((MAGIC, len(index).to_bytes(LENGTH, "little"), index))
            stream.writelines(codes.values())
        os.replace(beside, file)
    except OSError:
        os.unlink(beside)
        raise
