"""Patterns of other people, matched in linear time."""

from __future__ import annotations

import time

import pytest

from cheaproute import globs


@pytest.mark.parametrize(
    ("pattern", "text", "named"),
    [
        ("*.log", "a.log", True),
        ("*.log", "a.log.1", False),
        ("*.log.[0-9]*", "a.log.12", True),
        ("a*b*c", "aXbYbZc", True),
        ("a*b*c", "aXbYbZ", False),
        ("[!a]", "b", True),
        ("[^a]", "a", False),
        ("[]x]", "]", True),
        ("[a-]", "-", True),
        ("***", "", True),
        ("", "a", False),
    ],
)
def test_a_name(pattern: str, text: str, named: bool) -> None:
    """Stars, sets, single letters."""
    assert globs.name(text, pattern) is named


@pytest.mark.parametrize(
    ("pattern", "path", "named"),
    [
        ("a/**/b", "/a/b", True),
        ("a/**/b", "/a/x/y/b/c", True),
        ("a/**/b", "/a/x/bb", False),
        ("**/x/**/y", "/x/x/z/y", True),
        ("a**b", "/aXb", True),
        ("a**b", "/aX/b", False),
    ],
)
def test_a_path(pattern: str, path: str, named: bool) -> None:
    """Two stars are any number of directories; what lies below a directory goes with it."""
    assert globs.below(path, pattern) is named


@pytest.mark.parametrize("pattern", ["[", "[z-a]", "x" * 2_000, "a/[b"])
def test_what_is_too_odd(pattern: str) -> None:
    """The caller is told."""
    with pytest.raises(globs.Odd):
        globs.below("/a/x", pattern)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("**/" * 300 + "zzz", "/d" * 2_000 + "/x.log"),
        ("**/a" * 200 + "/zzz", "/a" * 2_000 + "/x.log"),
        ("*a" * 400 + "b", "/" + "a" * 4_000),
        ("**/*a*a*a*a*a*a*a*a*b/" * 40 + "z", "/" + "/".join(["a" * 60] * 60)),
    ],
)
def test_hostile_patterns_take_no_time(pattern: str, path: str) -> None:
    """At most some seconds, where a backtracking one would take hours."""
    begun = time.thread_time()
    assert not globs.anywhere(path, pattern[: globs.LONGEST - 3])
    assert time.thread_time() - begun < 10
