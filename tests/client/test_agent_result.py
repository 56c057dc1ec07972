"""How a subagent's run ended, by its last word."""

from __future__ import annotations

import pytest

from cheaproute.client import agent_result

DENIED = "Failed to authenticate. API Error: 403 scripted 403"  # what 2.1.139 says
ABSENT = (
    "There's an issue with the selected model (claude-haiku-4-5-20251001). It may not exist or you "
    "may not have access to it. Run --model to pick a different model."
)


# What 2.1.332 says where a module refused a request.
STOPPED = "A mod's http.fetch hook stopped this request: "


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", "empty"),
        (DENIED, "error"),
        ('API Error: 404 {"type":"error"}', "error"),
        (ABSENT, "error"),
        ("I can't do that.", "refused"),
        (f"{STOPPED}[cheaproute] Monthly cap reached: $1.20 of $1.00", "cut"),
        ("[cheaproute] Not sent: this request is likely to cost $0.04", "cut"),
        (f"{STOPPED}[another] No.", "ok"),
        ("a.py:1", "ok"),
        ("The handler logs the text. API Error: 403 is then shown." + " More." * 200, "ok"),
        ("The client shows an API Error when the gateway is down.", "ok"),
    ],
)
def test_the_last_word_tells(said: str, expected: str) -> None:
    """An error of the API is one wherever the client puts it; a report about errors is none."""
    assert agent_result.of(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (DENIED, True),
        ('API Error: 404 {"type":"error"}', True),
        ("API Error: 529 overloaded", False),
        ("line 403 of a.py", False),
    ],
)
def test_what_the_api_denies_rests(said: str, expected: bool) -> None:
    """A 403 or 404 would come again at the next task."""
    assert agent_result.is_denied(said) is expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("No assistant messages found", "empty"),
        ("Error: No assistant messages found", "empty"),
        ("API Error: 529 overloaded", "error"),
        ("a.py:3 logs the text: No such file. " * 3 + "No assistant messages found", "error"),
        ("", "error"),
    ],
)
def test_an_agent_that_said_nothing_ran(said: str, expected: str) -> None:
    """The client's word for it is no failure to start."""
    assert agent_result.of_error(said) == expected
