"""What can be asked about, and what cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from cheaproute.delegate import documents
from cheaproute.errors import CheaprouteError, DelegationError, UsageError


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with two logs and some trouble in it."""
    (tmp_path / "a.log").write_text("alpha\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.log").write_text("beta\n")
    (tmp_path / "odd [1].txt").write_text("odd\n")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    (tmp_path / "utf16.txt").write_bytes("wörd".encode("utf-16"))
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(*names: str, stdin: bytes = b"from a pipe") -> list[tuple[str, str]]:
    """(name, text) of what is read."""
    return [(d.name, d.text) for d in documents.read(names, lambda: stdin)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), []),
        (("a.log",), [("a.log", "alpha\n")]),
        (("-", "a.log"), [("stdin", "from a pipe"), ("a.log", "alpha\n")]),
        (("**/*.log",), [("a.log", "alpha\n"), ("sub/b.log", "beta\n")]),
        (("a.log", "*.log"), [("a.log", "alpha\n")]),
        (("odd [1].txt",), [("odd [1].txt", "odd\n")]),
        (("utf16.txt",), [("utf16.txt", "wörd")]),
        (("latin.txt",), [("latin.txt", "caf\ufffd\n")]),
    ],
    ids=["none", "file", "stdin", "pattern", "once", "name with signs", "utf-16", "stray byte"],
)
def test_names_become_texts(names: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    """Files, patterns and stdin are read in order, each once."""
    assert read(*names) == expected


@pytest.mark.parametrize(
    ("names", "kind", "said"),
    [
        (("none.log",), DelegationError, "none.log: no such file"),
        (("*.none",), UsageError, "*.none: no file matches"),
        (("-", "-"), UsageError, "`-` can be given once: stdin ends"),
        (("photo.png",), DelegationError, "photo.png: binary, not text"),
        (
            ("sub",),
            DelegationError,
            "sub: a directory: name files, or a pattern such as sub/*.log",
        ),
    ],
    ids=["missing", "no match", "twice", "binary", "directory"],
)
def test_what_cannot_be_read_is_one_line(
    names: tuple[str, ...], kind: type[CheaprouteError], said: str
) -> None:
    """The line names the file and what is wrong with it."""
    with pytest.raises(kind) as caught:
        read(*names)
    assert str(caught.value) == said


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is on all of it together, stdin included."""
    monkeypatch.setattr(documents, "LIMIT_BYTES", 10)
    with pytest.raises(DelegationError, match=r"sub/b.log: too large"):
        read("a.log", "sub/b.log")
    with pytest.raises(DelegationError, match=r"-: too large"):
        read("-", stdin=b"x" * 11)
