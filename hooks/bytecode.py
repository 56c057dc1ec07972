"""The bytecode of what hooks load, in one file beside CPython's own many (hot path).

To find, open and check a module's `.pyc` costs more than to run most modules, and a hook loads some
seventy. Whether a part still holds is asked as CPython asks it, by its source's time and size; what
is not in here, no longer true or damaged is imported as ever, and kept for the next hook.
"""

from __future__ import annotations

import _frozen_importlib
import _frozen_importlib_external
import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    # Path below the root, whether a package, its source's seconds and bytes; then where among the
    # codes its own begins, and how long it is.
    Part = tuple[str, bool, float, int, int, int]

_PACKAGE = "cheaproute"
_MAGIC: bytes = _frozen_importlib_external.MAGIC_NUMBER  # of this Python's bytecode
_PYC_HEADER = 16  # bytes: magic, flags, the source's seconds and bytes
_LENGTH = 4  # bytes of the index's length, after the magic
_HEAD = len(_MAGIC) + _LENGTH
_AHEAD = 1 << 15  # bytes read at once: as a rule all of the index


def use() -> Kept:
    """Import the package from what hooks before have kept, `keep` adds to it; first in the path."""
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    root = os.path.join(sys.path[0], _PACKAGE)
    folder = os.path.join(root, "__pycache__")
    if sys.pycache_prefix:
        folder = os.path.join(sys.pycache_prefix, root.lstrip("/"))
    kept = Kept(root, os.path.join(folder, f"hooks.{sys.implementation.cache_tag}.bin"))
    sys.meta_path.insert(0, kept)
    return kept


class Kept:
    """A finder and loader of modules in one: the importer's protocol, and `keep`.

    The file is a magic number, the length of an index, the index, and the code of one module after
    the other, each read when it is wanted.
    """

    def __init__(self, root: str, file: str) -> None:
        self.root = root
        self.file = file
        self.parts: dict[str, Part] = {}
        self._descriptor = -1
        self._codes_at = 0
        self._writable = True
        try:
            self._descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            self._read_index()
        except PermissionError:
            self._writable = False  # another account's: it would be written to and fro
        except Exception:  # noqa: BLE001  # none yet, torn, another Python's
            self.parts = {}

    def _read_index(self) -> None:
        head = os.pread(self._descriptor, _AHEAD, 0)
        self._codes_at = _HEAD + int.from_bytes(head[len(_MAGIC) : _HEAD], "little")
        if not head.startswith(_MAGIC):
            raise ValueError(self.file)
        if self._codes_at > _AHEAD:
            head = os.pread(self._descriptor, self._codes_at, 0)
        self.parts = dict(marshal.loads(head[_HEAD : self._codes_at]))  # noqa: S302

    def find_spec(
        self,
        name: str,
        path: object = None,  # noqa: ARG002  # the importer's protocol
        target: object = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """The module's spec, None where it is not in here or does not hold."""
        if name not in self.parts:
            return None
        try:
            where, package, *_ = part = self.parts[name]
            code = marshal.loads(self._code(part)) if self._true(part) else None  # noqa: S302
            source = self.root + where
            spec = _frozen_importlib.ModuleSpec(
                name,
                self,  # type: ignore[arg-type]  # of `Loader` all that the importer calls
                origin=source,
                loader_state=code,
            )
            if package:
                spec.submodule_search_locations = [os.path.dirname(source)]
        except Exception:  # noqa: BLE001  # damaged: CPython's own importer serves
            code = None
        if code is None:
            del self.parts[name]
            return None
        return spec

    def create_module(self, spec: object) -> None:
        """None: the importer's own kind of module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code in it."""
        spec = module.__spec__
        if spec is None:
            raise ImportError(module.__name__)
        module.__file__ = spec.origin
        exec(spec.loader_state, module.__dict__)  # noqa: S102  # as every importer does

    def _code(self, part: Part) -> bytes:
        return os.pread(self._descriptor, part[5], self._codes_at + part[4])

    def _true(self, part: Part) -> bool:
        now = os.stat(self.root + part[0])
        return now.st_mtime == part[2] and now.st_size == part[3]

    def keep(self) -> None:
        """Write the file anew if this process has loaded what was not in it; silent if it can't."""
        new = [name for name in sys.modules if name.startswith(_PACKAGE) and name not in self.parts]
        if not new or not self._writable or sys.dont_write_bytecode:
            return
        try:
            parts = {name: part for name, part in self.parts.items() if self._true(part)}
            codes = {name: self._code(part) for name, part in parts.items()}
            for name in new:
                self._add(sys.modules[name], parts, codes)
            if codes.keys() - self.parts.keys():
                self._write(parts, codes)
        except OSError:
            return

    def _add(self, module: ModuleType, parts: dict[str, Part], codes: dict[str, bytes]) -> None:
        """Take the module's code from its `.pyc`, if that is true to its source."""
        spec = module.__spec__
        if spec is None or not spec.origin or not spec.cached or not os.path.exists(spec.cached):
            return
        source = os.stat(spec.origin)
        with open(spec.cached, "rb") as stream:
            compiled = stream.read()
        stamp = (0, int(source.st_mtime), source.st_size)
        head = b"".join((number & 0xFFFFFFFF).to_bytes(4, "little") for number in stamp)
        if compiled[:_PYC_HEADER] == _MAGIC + head:
            where, package = spec.origin[len(self.root) :], bool(spec.submodule_search_locations)
            parts[module.__name__] = (where, package, source.st_mtime, source.st_size, 0, 0)
            codes[module.__name__] = compiled[_PYC_HEADER:]

    def _write(self, parts: dict[str, Part], codes: dict[str, bytes]) -> None:
        at = 0
        for name, code in codes.items():
            parts[name] = (*parts[name][:4], at, len(code))
            at += len(code)
        index = marshal.dumps(parts)
        beside = f"{self.file}.{os.getpid()}"
        try:
            with open(beside, "wb") as stream:
                stream.writelines((_MAGIC, len(index).to_bytes(_LENGTH, "little"), index))
                stream.writelines(codes.values())
            os.replace(beside, self.file)
        except OSError:
            os.unlink(beside)
            raise
