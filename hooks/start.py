"""What makes a hook's start cheap: `os` without container classes, own modules out of one file.

To find, open and check a module's `.pyc` costs more than to run most modules, and a hook loads some
seventy. Whether a part still holds is asked as CPython asks it, by its source's time and size; what
is not in the file, no longer true or damaged is imported as ever, and kept for the next hook
(`bytecode.py`).
"""

import _frozen_importlib
import _frozen_importlib_external
import marshal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    # Path of the source (of own modules below the root), whether a package, the source's seconds
    # and bytes; then where among the codes its own begins, and how long it is.
    Part = tuple[str, bool, float, int, int, int]


def _lighter_os() -> "ModuleType":
    """`os` with a plain table as its environment.

    It wants `_collections_abc` for the class of that table alone, and to make the two dozen classes
    in there takes as long as all the rest of it.
    """
    if "posix" in sys.builtin_module_names and not {"os", "_collections_abc"} & sys.modules.keys():
        instead = type(sys)("_collections_abc")
        vars(instead).update(Mapping=dict, MutableMapping=object, _check_methods=_check_methods)
        sys.modules["_collections_abc"] = instead
        try:
            module = __import__("os")
            vars(module)["environ"] = {name: module.environ[name] for name in module.environ}
        except ImportError:  # a later Python's wants more of it
            pass
        finally:
            del sys.modules["_collections_abc"]
    return __import__("os")


def _check_methods(*asked: object) -> object:
    return __import__("_collections_abc")._check_methods(*asked)  # noqa: SLF001


if not TYPE_CHECKING:
    os = _lighter_os()

# Our own, and what each of our modules begins with.
OURS, ALSO = "cheaproute", "__future__"
MAGIC: bytes = _frozen_importlib_external.MAGIC_NUMBER  # of this Python's bytecode
LENGTH = 4  # bytes of the index's length, after the magic
_HEAD = len(MAGIC) + LENGTH
_AHEAD = 1 << 15  # bytes read at once: as a rule all of the index


def use() -> "Kept":
    """Import the package from what hooks before have kept, `keep` adds to it."""
    place = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path.append(place)
    root = os.path.join(place, OURS)
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
        self._writable = not sys.dont_write_bytecode
        try:
            self._descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            self._read_index()
        except PermissionError:
            self._writable = False  # another account's: it would be written to and fro
        except Exception:  # noqa: BLE001  # none yet, torn, another Python's
            self.parts = {}

    def _read_index(self) -> None:
        head = os.pread(self._descriptor, _AHEAD, 0)
        self._codes_at = _HEAD + int.from_bytes(head[len(MAGIC) : _HEAD], "little")
        if not head.startswith(MAGIC):
            raise ValueError(self.file)
        if self._codes_at > _AHEAD:
            head = os.pread(self._descriptor, self._codes_at, 0)
        self.parts = dict(marshal.loads(head[_HEAD : self._codes_at]))  # noqa: S302

    def find_spec(
        self,
        name: str,
        path: object = None,  # noqa: ARG002  # the importer's protocol
        target: object = None,  # noqa: ARG002
    ) -> "ModuleSpec | None":
        """The module's spec, None where it is not in here or does not hold."""
        if name not in self.parts:
            return None
        try:
            part = self.parts[name]
            code = marshal.loads(self.code(part)) if self.holds(name) else None  # noqa: S302
            source = self.source(name)
            spec = _frozen_importlib.ModuleSpec(
                name,
                self,  # type: ignore[arg-type]  # of `Loader` all that the importer calls
                origin=source,
                loader_state=code,
            )
            if part[1]:
                spec.submodule_search_locations = [os.path.dirname(source)]
        except Exception:  # noqa: BLE001  # damaged: CPython's own importer serves
            code = None
        if code is None:
            del self.parts[name]
            return None
        return spec

    def create_module(self, spec: object) -> None:
        """None: the importer's own kind of module."""

    def exec_module(self, module: "ModuleType") -> None:
        """Run the module's code in it."""
        spec = module.__spec__
        if spec is None:
            raise ImportError(module.__name__)
        module.__file__ = spec.origin
        exec(spec.loader_state, module.__dict__)  # noqa: S102  # as every importer does

    def source(self, name: str) -> str:
        """The path of the source of a part."""
        return self.parts[name][0] if name == ALSO else self.root + self.parts[name][0]

    def code(self, part: "Part") -> bytes:
        """The code of a part."""
        return os.pread(self._descriptor, part[5], self._codes_at + part[4])

    def holds(self, name: str) -> bool:
        """Whether the source of a part is still what it was."""
        now = os.stat(self.source(name))
        return now.st_mtime == self.parts[name][2] and now.st_size == self.parts[name][3]

    def keep(self) -> None:
        """Write the file anew if this process has loaded what was not in it; silent if it can't."""
        mine = (name for name in sys.modules if name.startswith(OURS) or name == ALSO)
        new = [name for name in mine if name not in self.parts]
        if new and self._writable:
            import bytecode  # noqa: PLC0415  # seldom

            bytecode.add(self, new)
