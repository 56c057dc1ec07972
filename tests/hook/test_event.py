"""A hook's input, narrowed."""

from __future__ import annotations

import pytest

from cheaproute.hook import event


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000, b"nan"]
)
def test_what_is_not_an_object_is_no_event(raw: bytes) -> None:
    """Nothing that is not one JSON object gets further."""
    assert event.parse(raw) is None


def test_fields_of_another_type_are_absent() -> None:
    """A number where a text belongs is no text; a list where a table belongs is no table."""
    found = event.parse(b'{"session_id": 7, "tool_input": [1], "prompt": null, "cwd": "/p"}')
    assert found is not None
    assert (found.session, found.tool_input, found.prompt, found.cwd) == ("", {}, "", "/p")


def test_a_payload_beyond_reason_is_not_parsed() -> None:
    """Memory stays bounded whatever is piped in."""
    assert event.parse(b" " * (event.LIMIT_BYTES + 1)) is None


def test_a_nul_in_a_name_is_no_name() -> None:
    """No path can hold one: what would look into such a place is not asked to."""
    found = event.parse(
        b'{"transcript_path": "/a\\u0000b", "cwd": "\\u0000", "prompt": "a\\u0000b"}'
    )
    assert found is not None
    assert (found.transcript, found.cwd, found.prompt) == ("", "", "a\0b")
