"""Keep the bytecode of what a hook has loaded in the two files that `start.py` reads."""

import marshal
import os
import sys
from _frozen_importlib_external import cache_from_source

from start import LENGTH, MAGIC, OURS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

    from start import Kept, Source

_HOT = ("hook", "routing", "cap", "client", "ledger", "")
_PYC_HEADER = 16  # bytes: magic, flags, the source's seconds and bytes


def write(kept: "Kept", loaded: set[str]) -> None:
    """Add the modules `loaded` to the rest; of the usual is what every hook has loaded so far.

    A session's start that had to compile some has all the others compiled for the hooks to come.
    """
    if kept.compiled and kept.event == "session_start":
        _compile_ahead(kept)
    try:
        sources = {name: part[0] for name, part in kept.rest.items() if kept.holds(part[0])}
        codes = {name: kept.code(name) for name in sources}
        for name in loaded - sources.keys():
            # Of the usual, it was lost from the rest as another hook wrote at the same time.
            part = kept.usual.get(name) or kept.compiled.get(name)
            if part is not None:
                sources[name], codes[name] = part[0], marshal.dumps(part[1])
            else:
                _add(kept.root, name, sources, codes)
        if codes.keys() - kept.rest.keys():
            _replace(kept.rest_file, _rest(sources, codes))
        usual = (kept.usual.keys() & loaded if kept.usual else loaded) & codes.keys()
        if usual != kept.usual.keys():
            table = {name: (sources[name], marshal.loads(codes[name])) for name in usual}  # noqa: S302
            _replace(kept.usual_file, [MAGIC, marshal.dumps(table)])
        _keep_prices(kept)
    except OSError:
        return


def _keep_prices(kept: "Kept") -> None:
    """What is no code, and without which nothing is counted, for `rescue.py`; if it is whole."""
    with open(os.path.join(kept.root, "usage", "prices.json"), "rb") as stream:
        content = stream.read()
    if content.endswith(b"\n}\n"):
        _replace(os.path.join(os.path.dirname(kept.rest_file), "prices.json"), [content])


def compiled(kept: "Kept", name: str) -> "tuple[Source, CodeType] | None":
    """The module, compiled, and added to `kept.compiled`; None where CPython has its bytecode.

    Eighty files of that to write are a fourth of a first hook. That of another state of the source
    is left alone: if what is there now is damaged, it is what goes on (`rescue.py`).

    Raises:
        EOFError: the source is cut amid a line, and may be a program all the same.
    """
    where = name[len(OURS) :].replace(".", os.sep)
    package = os.path.isdir(kept.root + where)
    where += f"{os.sep}__init__.py" if package else ".py"
    path = kept.root + where
    with open(path, "rb") as stream:
        status = os.fstat(stream.fileno())
        content = stream.read()
        if not content.endswith(b"\n"):
            raise EOFError
        if _is_of(cache_from_source(path), status):
            return None
        code = compile(content, path, "exec", dont_inherit=True)
    kept.compiled[name] = (where, package, status.st_mtime, status.st_size), code
    return kept.compiled[name]


def _compile_ahead(kept: "Kept") -> None:
    """Have a process of its own compile the package while the user types, what hooks load first."""
    from cheaproute.config.venv import spawn  # noqa: PLC0415  # once a version

    code = (
        "import compileall, os, sys; os.nice(10); "
        f"sys.pycache_prefix = {sys.pycache_prefix!r}; "
        f"[compileall.compile_dir(os.path.join({kept.root!r}, room), quiet=2) for room in {_HOT!r}]"
    )
    spawn.start({}, code, "/")


def _add(root: str, name: str, sources: "dict[str, Source]", codes: dict[str, bytes]) -> None:
    """Take the module's code from its `.pyc`, if that is true to its source."""
    spec = sys.modules[name].__spec__
    if spec is None or not spec.origin or not spec.cached:
        return
    source = os.stat(spec.origin)
    if _is_of(spec.cached, source):
        with open(spec.cached, "rb") as stream:
            compiled = stream.read()
        where = spec.origin[len(root) :]
        package = bool(spec.submodule_search_locations)
        sources[name] = (where, package, source.st_mtime, source.st_size)
        codes[name] = compiled[_PYC_HEADER:]


def _is_of(cached: str, source: os.stat_result) -> bool:
    """Whether CPython's bytecode in that file is there, and of this source."""
    stamp = (0, int(source.st_mtime), source.st_size)
    head = b"".join((number & 0xFFFFFFFF).to_bytes(4, "little") for number in stamp)
    try:
        with open(cached, "rb") as stream:
            return stream.read(_PYC_HEADER) == MAGIC + head
    except OSError:
        return False


def _rest(sources: "dict[str, Source]", codes: dict[str, bytes]) -> list[bytes]:
    index, at = {}, 0
    for name, code in codes.items():
        index[name] = (sources[name], at, len(code))
        at += len(code)
    head = marshal.dumps(index)
    return [MAGIC, len(head).to_bytes(LENGTH, "little"), head, *codes.values()]


def _replace(file: str, content: "Iterable[bytes]") -> None:
    os.makedirs(os.path.dirname(file), exist_ok=True)
    beside = f"{file}.{os.getpid()}"
    try:
        with open(beside, "wb") as stream:
            stream.writelines(content)
        os.replace(beside, file)
    except OSError:
        os.unlink(beside)
        raise
