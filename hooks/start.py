"""What makes a hook's start cheap: `os` without container classes, own modules out of one file.

To find, open and check a module's `.pyc` costs more than to run most modules, and a hook loads some
seventy. Whether a part still holds is asked as CPython asks it, by its source's time and size; what
is in no file, no longer true or damaged is compiled here, or imported as ever where CPython has its
bytecode, and kept for the next hook (`bytecode.py`).
"""

import _frozen_importlib
import _frozen_importlib_external
import gc
import marshal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from types import CodeType, ModuleType
    from typing import Any

    # Path below the root, whether a package, seconds and bytes.
    Source = tuple[str, bool, float, int]
    Importing = Callable[[str, object], ModuleType]


def _lighter_os() -> "ModuleType":
    """`os` with a plain table as its environment.

    It wants the two dozen classes of `_collections_abc` for that of its environment alone.
    """
    if "posix" in sys.builtin_module_names and not {"os", "_collections_abc"} & sys.modules.keys():
        sys.modules["_collections_abc"] = instead = type(sys)("_collections_abc")
        vars(instead).update(Mapping=dict, MutableMapping=object, _check_methods=_check_methods)
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


gc.disable()  # imports make much and nothing of it is garbage; a hook ends in milliseconds
if not TYPE_CHECKING:
    os = _lighter_os()

# What each of our modules begins with: of no use but for its name, which makes ten objects.
vars(sys.modules.setdefault("__future__", type(sys)("__future__"))).setdefault("annotations", None)
OURS = "cheaproute"
MAGIC: bytes = _frozen_importlib_external.MAGIC_NUMBER  # of this Python's bytecode
LENGTH = 4  # bytes of the index's length, after the magic
_HEAD = len(MAGIC) + LENGTH
_AHEAD = 1 << 15  # bytes read at once: as a rule all of the index
# What odd hooks left is learnt anew by one that misses so many modules, once in so many seconds.
_MANY, _SELDOM_S = 8, 3600


# Before the class, which may be the last that is there: each import asks this.
def _is_kept(name: str) -> bool:
    return name.startswith(OURS)


def _checked(content: bytes) -> bytes:
    if not content.startswith(MAGIC):
        raise ValueError("another Python's")
    return content


def use(event: str) -> "Kept":
    """Import the package from what hooks before have kept, `keep` adds to it."""
    place = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path.append(place)
    root = os.path.join(place, OURS)
    prefix = sys.pycache_prefix
    folder = os.path.join(prefix, root[1:]) if prefix else os.path.join(root, "__pycache__")
    (kept := Kept(root, folder, event)).stand_in()
    return kept


class Kept:
    """The modules that hooks before have left, and `keep` for the next.

    `usual` is what every hook of the event loads, in one file and read at once: a name that many
    modules have in common is then made once. `rest` is what any hook has loaded, in another: where
    each code is and how long, for it is read when it is wanted.
    """

    def __init__(self, root: str, folder: str, event: str) -> None:
        self.root = root
        self.event = event
        tag = sys.implementation.cache_tag
        self.usual_file = os.path.join(folder, f"hooks.{event}.{tag}.bin")
        self.rest_file = os.path.join(folder, f"hooks.{tag}.bin")
        self.usual: dict[str, tuple[Source, CodeType]] = {}
        self.compiled: dict[str, tuple[Source, CodeType]] = {}
        self._learnt_s = 0.0
        self._rest: dict[str, tuple[Source, int, int]] | None = None
        self._descriptor = -1
        self._codes_at = 0
        self.differs = False  # some source is not what hooks before had
        self._writable = event.isidentifier() and not sys.dont_write_bytecode
        if event.isidentifier():
            self.usual = self._read(self._read_usual)

    def _read(self, how: "Callable[[], dict[str, Any]]") -> "dict[str, Any]":
        try:
            return how()
        except PermissionError:
            self._writable = False  # another account's: it would be written to and fro
        except Exception:  # noqa: BLE001, S110  # none yet, torn, another Python's
            pass
        return {}

    def _read_usual(self) -> "dict[str, tuple[Source, CodeType]]":
        descriptor = os.open(self.usual_file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            content = os.read(descriptor, status.st_size)
            self._learnt_s = status.st_mtime
        finally:
            os.close(descriptor)
        return dict(marshal.loads(memoryview(_checked(content))[len(MAGIC) :]))  # noqa: S302

    def _read_index(self) -> "dict[str, tuple[Source, int, int]]":
        self._descriptor = os.open(self.rest_file, os.O_RDONLY | os.O_CLOEXEC)
        head = _checked(os.pread(self._descriptor, _AHEAD, 0))
        self._codes_at = _HEAD + int.from_bytes(head[len(MAGIC) : _HEAD], "little")
        if self._codes_at > _AHEAD:
            head = os.pread(self._descriptor, self._codes_at, 0)
        return dict(marshal.loads(head[_HEAD : self._codes_at]))  # noqa: S302

    @property
    def rest(self) -> "dict[str, tuple[Source, int, int]]":
        """Read when first asked for: as a rule `usual` has all of it."""
        if self._rest is None:
            self._rest = self._read(self._read_index)
        return self._rest

    def stand_in(self) -> None:
        """Import what is kept in the importer's place, whose way takes longer than most modules do.

        The interpreter asks `_find_and_load` for each module that is not there yet. Where a later
        one asks otherwise, all is imported as ever.
        """
        whole: Importing | None = getattr(_frozen_importlib, "_find_and_load", None)
        if whole is None:
            return
        modules, module_type, spec_type = sys.modules, type(sys), _frozen_importlib.ModuleSpec
        # What each spec says alike; whether it is `_initializing` each import asks.
        told = {**vars(spec_type("", None)), "_initializing": False}

        def load(name: str, import_: object) -> "ModuleType":
            if not _is_kept(name) or name in modules:
                return whole(name, import_)
            parent, _, child = name.rpartition(".")
            if parent and parent not in modules:
                load(parent, import_)
                if name in modules:  # its package wanted it
                    return modules[name]
            part = self._part(name)
            if part is None:
                return whole(name, import_)
            source, code = part
            modules[name] = module = module_type(name)
            scope, path = module.__dict__, self.root + source[0]
            spec = spec_type.__new__(spec_type)
            vars(spec).update(told, name=name, origin=path)
            scope.update(__file__=path, __spec__=spec, __package__=name if source[1] else parent)
            if source[1]:
                scope["__path__"] = spec.submodule_search_locations = [os.path.dirname(path)]
            try:
                exec(code, scope)  # noqa: S102  # as every importer does
            except BaseException:
                modules.pop(name, None)
                raise
            if parent:
                setattr(modules[parent], child, module)
            return module

        vars(_frozen_importlib)["_find_and_load"] = load

    def _part(self, name: str) -> "tuple[Source, CodeType] | None":
        """The module as it is kept, else compiled here; None where it is imported as ever."""
        try:
            if name in self.usual:
                if self.holds(self.usual[name][0]):
                    return self.usual[name]
                self.usual = {}  # an update: it is learnt anew
                self.differs = True
            source = self.rest[name][0]
            if self.holds(source):
                return source, marshal.loads(self.code(name))  # noqa: S302
            self.differs = True
        except Exception:  # noqa: BLE001, S110  # not there or damaged
            pass
        self.rest.pop(name, None)
        try:
            import bytecode  # noqa: PLC0415  # seldom

            return bytecode.compiled(self, name)
        except EOFError:
            raise ImportError(name, name=name) from None
        except Exception:  # noqa: BLE001  # the importer says what is wrong
            return None

    def holds(self, source: "Source") -> bool:
        """Whether the source is still what it was, and there."""
        try:
            now = os.stat(self.root + source[0])
        except OSError:
            return False
        return now.st_mtime == source[2] and now.st_size == source[3]

    def code(self, name: str) -> bytes:
        """The code of a module of `rest`."""
        _, at, length = self.rest[name]
        return os.pread(self._descriptor, length, self._codes_at + at)

    def doubt(self, error: Exception, raw: "bytes | None") -> None:
        """Where `error` may come of damaged files, the code of before answers, in our place."""
        try:
            import rescue  # noqa: PLC0415  # seldom

            rescue.consider(self.event, error, raw, differs=self.differs)
        except Exception:  # noqa: BLE001  # it is as it was
            return

    def keep(self) -> None:
        """Have the next hook find what this one has loaded; silent where that cannot be written."""
        mine = {name for name in sys.modules if _is_kept(name)}
        lacking = mine - self.usual.keys()
        if len(lacking) >= _MANY and time.time() - self._learnt_s > _SELDOM_S:
            self.usual = {}
        new = (name for name in lacking if name not in self.rest)
        if self._writable and (any(new) or not self.usual or not self.usual.keys() <= mine):
            import bytecode  # noqa: PLC0415  # seldom

            bytecode.write(self, mine)
