"""A hook's input, narrowed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.hook import event


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000, b"nan"]
)
def test_what_is_not_an_object_is_an_event_that_says_nothing(raw: bytes) -> None:
    """The hook was started for something: its gate still has the month to judge by."""
    found = event.parse(raw)
    assert found.torn
    assert (found.session, found.transcript, found.prompt, found.tool_uses()) == ("", "", "", [])


def test_fields_of_another_type_are_absent() -> None:
    """A number where a text belongs is no text; a list where a table belongs is no table."""
    found = event.parse(b'{"session_id": 7, "tool_input": [1], "prompt": null, "cwd": "/p"}')
    assert (found.session, found.tool_input, found.prompt, found.cwd) == ("", {}, "", "/p")


@pytest.mark.parametrize("half", ["/p\\ud800", "/p\\u0000"])
def test_what_no_path_can_be_is_none(half: str) -> None:
    """It would fail wherever it is looked for, each time another way."""
    found = event.parse(f'{{"session_id": "s", "cwd": "{half}", "prompt": "{half}"}}'.encode())
    assert (found.session, found.cwd, found.prompt[:2]) == ("s", "", "/p")


HEAD = {"session_id": "s-1", "transcript_path": '/a "b"\\c.jsonl', "cwd": "/p"}


@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_a_payload_beyond_reason_tells_its_session_and_tool_uses(*, ensure_ascii: bool) -> None:
    """Memory and time stay bounded, and the gate knows whose call it judges."""
    calls = [{"tool_use_id": f"toolu_{n}", "tool_response": "x" * 3_000_000} for n in range(3)]
    whole = json.dumps(HEAD | {"tool_calls": calls}, ensure_ascii=ensure_ascii).replace(": ", ":")
    found = event.parse(whole.encode())
    assert found.torn
    assert (found.session, found.transcript, found.cwd) == tuple(HEAD.values())
    assert found.tool_uses() == ["toolu_0", "toolu_1", "toolu_2"]


@given(
    st.dictionaries(st.sampled_from(sorted(HEAD)), st.text(max_size=40)),
    st.text(max_size=200),
    st.integers(0, 400),
)
def test_a_torn_event_tells_nothing_false(head: dict[str, str], prompt: str, end: int) -> None:
    """Whatever of it arrives: each field of its head is told as it is, or not at all."""
    whole = json.dumps({**head, "prompt": prompt}).encode()
    found = event.parse(whole[:end])
    for name in HEAD:
        assert found.text(name) in ("", head.get(name, ""))


def test_a_nul_in_a_name_is_no_name() -> None:
    """No path can hold one: what would look into such a place is not asked to."""
    found = event.parse(
        b'{"transcript_path": "/a\\u0000b", "cwd": "\\u0000", "prompt": "a\\u0000b"}'
    )
    assert (found.transcript, found.cwd, found.prompt) == ("", "", "a\0b")
