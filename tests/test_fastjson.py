"""JSON on the hot path: whatever it is given, it says what json says."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute import fastjson
from tests.conftest import ROOT

texts = st.text(st.characters(codec=None))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


def verdict(call: Any, *args: Any, **options: Any) -> tuple[str, object]:
    """What a call came to: its result, or the kind of its error."""
    try:
        return "value", call(*args, **options)
    except (ValueError, TypeError, RecursionError) as error:
        # Too deep is no JSON to us: nobody minds which it was.
        return "error", ValueError if isinstance(error, RecursionError) else type(error)


@given(values)
def test_it_writes_what_json_writes(value: object) -> None:
    """The same text, and back again."""
    assert fastjson.dumps(value) == json.dumps(value)
    assert fastjson.loads(fastjson.dumps(value).encode()) == value


@given(st.binary() | values.map(lambda value: json.dumps(value).encode()[:-1]))
def test_it_reads_what_json_reads(raw: bytes) -> None:
    """Bytes that are no JSON, cut off, or in another encoding: the same value or error."""
    assert repr(verdict(fastjson.loads, raw)) == repr(verdict(json.loads, raw))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \n",
        b"{} {}",
        b"\xef\xbb\xbf{}",
        b"[1,]",
        b'{"a": 1e999, "b": -0.0, "c": NaN}',
        b"[" * 100_000,
        b'"\\ud800"',
        b'"\xed\xa0\x80"',
        b"\xff\xfe{\x00}\x00",
        b"9" * 5000,
        b'"\x00"',
    ],
)
def test_it_reads_the_edges_as_json_does(raw: bytes) -> None:
    """Blank, doubled, marked, nested without end, surrogates, UTF-16, too many digits."""
    assert repr(verdict(fastjson.loads, raw)) == repr(verdict(json.loads, raw))
    assert repr(verdict(fastjson.loads, raw.decode("latin-1"))) == repr(
        verdict(json.loads, raw.decode("latin-1"))
    )


@pytest.mark.parametrize("value", [float("nan"), {"a": float("inf")}, {1, 2}, {"a": object()}])
def test_what_json_does_not_have_is_an_error(value: object) -> None:
    """Nothing is printed that the client could not read."""
    assert verdict(fastjson.dumps, value) == verdict(json.dumps, value, allow_nan=False)


def test_without_the_c_halves_json_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a Python that has them no more, or another way, nothing changes but the time."""
    monkeypatch.setattr(fastjson, "_c", None)
    assert fastjson.loads(b'{"a": [1, null]}') == {"a": [1, None]}
    assert fastjson.dumps({"a": [1, None]}) == '{"a": [1, null]}'
    monkeypatch.setitem(sys.modules, "_json", None)
    assert fastjson._halves() is None


def test_it_does_not_load_json() -> None:
    """What it is for: neither json nor re nor enum, as long as the text is well formed."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from cheaproute import fastjson;"
        "fastjson.dumps(fastjson.loads('{\"a\": [1.5, null]}'));"
        "print({'json', 're', 'enum'} & set(sys.modules))"
    )
    command = [sys.executable, "-I", "-S", "-c", code, ROOT]
    assert subprocess.check_output(command, text=True) == "set()\n"


@pytest.mark.parametrize("read", ["loads", "scan"])
@pytest.mark.parametrize(
    "text", ['{"a": "half', '{"a": 1,}', "[1", "nul", '"\\x"', '{"a": "\x01"}']
)
def test_broken_text_is_a_value_error_in_a_bare_interpreter(read: str, text: str) -> None:
    """Where json was never imported, the C scanner has no exception to raise; it must not show."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from cheaproute import fastjson\n"
        f"try: fastjson.{read}(sys.argv[2])\nexcept ValueError: print('refused')"
    )
    command = [sys.executable, "-I", "-S", "-c", code, ROOT, text]
    assert subprocess.check_output(command, text=True) == "refused\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"[" + b"[]," * 2_000_000 + b"0]",
        b"{" + b'"":0,' * 1_100_000 + b'"":0}',
        b"[" + b"1," * 2_000_100 + b"}",
    ],
    ids=["lists", "an object", "no json"],
)
def test_what_would_hold_the_interpreter_for_seconds_is_not_begun(raw: bytes) -> None:
    """Neither the C half nor json is asked: a hook's watchdog could not act meanwhile."""
    with pytest.raises(ValueError, match="too much in it"):
        fastjson.loads(raw)
    with pytest.raises(ValueError, match="too much in it"):
        fastjson.loads(raw.decode())


def test_a_long_text_is_no_obstacle() -> None:
    """A history of many megabytes is read: what is long in it are its texts."""
    history = json.dumps({"history": ["a prompt, rather long: " * 2_000] * 110}).encode()
    assert len(history) > 4_000_000
    assert fastjson.loads(history)["history"][0].startswith("a prompt")
