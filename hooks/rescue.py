"""Answer one event by the last code that worked, where files are damaged: rescue.py EVENT.

An update that is half done, a full disk: some file of ours is gone, empty, cut or of another
version than its neighbours. What hooks have kept of it (`start.py`) and CPython's bytecode still
have all of the code, so that a cap holds, and whoever prompts is told. Nothing here needs another
file of ours to be whole.
"""

import json
import marshal
import os
import sys
from _frozen_importlib_external import MAGIC_NUMBER, cache_from_source
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import NoReturn

OURS = "cheaproute"
PLACE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_LENGTH, _PYC_HEADER = 4, 16  # as in start.py, bytecode.py
_LACKING = (ImportError, SyntaxError, AttributeError, NameError)
_IN_PIECES = "in_pieces"  # of `cheaproute/kinds.py`
# Where a line for the user is shown.
_SPOKEN = ("session_start", "user_prompt_submit")
# The module, by what it was told before; nothing is asked of a status line.
_HOLDS_BY_ITSELF = ("mod", "statusline")
_HOW = "claude plugin update cheaproute, or a new install, mends it."
OFF = f"[{OURS}] is off: its files are damaged or half updated, and no cap holds. {_HOW}"
# What an answer says that names the file itself: of `cheaproute/kinds.py`, too.
_NAMED = b"this copy of the plugin is not whole"
ON = f"[{OURS}] goes on by the code of before: its files are damaged or half updated. {_HOW}"


def consider(event: str, error: Exception, raw: bytes | None, *, differs: bool) -> None:
    """`begin`, if `error` may come of damaged files; `differs`: some have changed of late."""
    if event.startswith(_HOLDS_BY_ITSELF):
        return
    mixed = differs and isinstance(error, (*_LACKING, TypeError, LookupError))
    if mixed or _is_damage(error):
        begin(event, raw)


def _is_damage(error: Exception) -> bool:
    """Whether a file of ours is gone, or not whole."""
    if isinstance(error, FileNotFoundError):
        return str(error.filename).startswith(os.path.join(PLACE, OURS, ""))
    if getattr(error, "kind", "") == _IN_PIECES:
        return True
    return isinstance(error, _LACKING) and _is_ours(error)


def _is_ours(error: Exception) -> bool:
    """Whether what was looked for in vain is a module of ours, or in one."""
    if isinstance(error, NameError):
        return True
    at = getattr(error, "obj", None)
    name = getattr(at, "__name__", "") if isinstance(error, AttributeError) else ""
    name = name or getattr(error, "name", None) or getattr(error, "filename", None) or ""
    return str(name).partition(".")[0] == OURS or str(name).startswith(PLACE)


def begin(event: str, raw: bytes | None = None) -> "NoReturn":
    """Have this file answer the event in this process's place; `raw` is what stdin had."""
    if event.startswith(_HOLDS_BY_ITSELF):
        os._exit(0)
    if raw is not None:
        ours, theirs = os.pipe()
        if not os.fork():
            try:
                os.dup2(theirs, 1)  # nobody waits for the end of what the client reads
                while raw:
                    raw = raw[os.write(1, raw) :]
            finally:
                os._exit(0)
        os.dup2(ours, 0)
        os.close(ours)
        os.close(theirs)
    elsewhere = ["-X", f"pycache_prefix={sys.pycache_prefix}"] if sys.pycache_prefix else []
    words = [sys.executable, "-I", "-S", "-B", "-X", "utf8", *elsewhere, os.path.abspath(__file__)]
    try:
        os.execve(words[0], [*words, event], os.environ)  # noqa: S606
    finally:
        os._exit(0)


def run(event: str) -> None:
    """Answer the event on stdin, and end the process with 0."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.dup2(theirs, 1)
            sys.meta_path.insert(0, Before(event))
            sys.path.append(PLACE)
            _answer(event)
        finally:
            os._exit(1)
    os.close(theirs)
    with open(ours, "rb") as stream:
        said = stream.read()
    whole = os.waitpid(child, 0)[1] == 0
    if event in _SPOKEN and _NAMED not in said:
        said = _with(said, ON if whole or b'"block"' in said else OFF)
    sys.stdout.buffer.write(said)
    sys.stdout.flush()
    os._exit(0)


def _answer(event: str) -> None:
    """Answer it, and end the process: with 1 where that, too, met with something damaged."""
    met: list[Exception] = []

    def doubt(error: Exception, _raw: bytes | None) -> None:
        if _is_damage(error):
            met.append(error)

    main = __import__(f"{OURS}.hook.main", fromlist=["run"])
    main.run(event, lambda: os._exit(1 if met else 0), doubt=doubt)


def _with(said: bytes, line: str) -> bytes:
    answer = json.loads(said) if said else {}
    told = answer.get("systemMessage")
    answer["systemMessage"] = f"{told}\n{line}" if told else line
    return json.dumps(answer).encode()


class Before:
    """Finds our modules as hooks have kept them, whatever became of their sources.

    First what every hook of this event has loaded (only such a hook writes that), then what any
    has, then CPython's own; the source is last, where nothing is kept.
    """

    def __init__(self, event: str) -> None:
        self.root = os.path.join(PLACE, OURS)
        self._tag = sys.implementation.cache_tag
        self._folder = os.path.join(self.root, "__pycache__")
        if sys.pycache_prefix:
            self._folder = os.path.join(sys.pycache_prefix, self.root.lstrip("/"))
        self._codes: dict[str, tuple[str, bool, CodeType | bytes]] = {}
        for read in (self._rest, self._usual):
            try:
                read(event)
            except Exception:  # noqa: BLE001, S112  # none, torn, another Python's
                continue

    def _usual(self, event: str) -> None:
        content = _content(os.path.join(self._folder, f"hooks.{event}.{self._tag}.bin"))
        for name, (source, code) in marshal.loads(content).items():  # noqa: S302
            self._codes[name] = (*source[:2], code)

    def _rest(self, _event: str) -> None:
        content = _content(os.path.join(self._folder, f"hooks.{self._tag}.bin"))
        at = _LENGTH + int.from_bytes(content[:_LENGTH], "little")
        for name, (source, start, length) in marshal.loads(content[_LENGTH:at]).items():  # noqa: S302
            self._codes[name] = (*source[:2], content[at + start : at + start + length])

    def find_spec(self, name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        """Where the module is to be had; None where it is no module of ours, or nothing is kept."""
        if name.partition(".")[0] != OURS:
            return None
        if name not in self._codes:
            self._from_cpython(name)
        if name not in self._codes:
            return None
        where, package, _ = self._codes[name]
        path = self.root + where
        spec = ModuleSpec(name, self, origin=path, is_package=package)  # type: ignore[arg-type]
        spec.has_location = True
        if package:
            spec.submodule_search_locations = [os.path.dirname(path)]
        return spec

    def _from_cpython(self, name: str) -> None:
        where = name[len(OURS) :].replace(".", os.sep)
        for path, package in ((f"{where}{os.sep}__init__.py", True), (f"{where}.py", False)):
            try:
                code = _content(cache_from_source(self.root + path))[_PYC_HEADER - _LENGTH :]
            except (OSError, ValueError):
                continue
            self._codes[name] = (path, package, code)

    def create_module(self, _spec: ModuleSpec) -> None:
        """As ever."""

    def exec_module(self, module: "ModuleType") -> None:
        """Run the module's code."""
        code = self._codes[module.__name__][2]
        exec(marshal.loads(code) if isinstance(code, bytes) else code, vars(module))  # noqa: S102, S302
        kept = os.path.join(self._folder, "prices.json")
        if module.__name__ == f"{OURS}.usage.prices" and os.path.exists(kept):
            vars(module)["FILE"] = kept


def _content(path: str) -> bytes:
    """What is in the file behind the magic number.

    Raises:
        OSError: there is none. ValueError: it is another Python's.
    """
    with open(path, "rb") as stream:
        content = stream.read()
    if not content.startswith(MAGIC_NUMBER):
        raise ValueError(path)
    return content[len(MAGIC_NUMBER) :]


if __name__ == "__main__":
    run(sys.argv[1])
