from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cli.context import Context
from cheaproute.cli.doctor import plan
from cheaproute.cli.doctor.finding import NOTE, OK
from cheaproute.ledger import store
from cheaproute.money import NANO
from cheaproute.plan import look, standing
from tests.plan import month as made
from tests.plan.month import NOW_MS, Month


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """What the check is given; closed after the test."""
    env = {"CHEAPROUTE_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "settings.json").write_text(
        '{"promptCacheTtl": "5m", "subagentPromptCacheTtl": "5m"}'
    )
    monkeypatch.setattr(Context, "now_ms", lambda _self: NOW_MS)
    context = Context(env)
    yield context
    context.close()


@pytest.fixture
def month(tmp_path: Path) -> Iterator[Month]:
    """The ledger the check opens, two weeks deep."""
    with closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as db:
        yield Month(db, days=14)


def test_what_the_plan_would_have_saved_is_a_note(context: Context, month: Month) -> None:
    """It says how much of what, with its range, and what to run."""
    made.wasteful_agent(month)
    (found,) = plan.savings(context)
    assert found.level == NOTE
    assert "`cheaproute plan` would have saved" in found.what
    assert found.do == "run `cheaproute plan`"


def test_who_stays_on_a_model_is_told_what_the_others_give(
    context: Context, month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same words as `cheaproute plan`, behind the sum."""
    made.wasteful_agent(month)
    told = "Without main-model, for who stays on m: $1.00 less ($0.50 to $2.00)."
    monkeypatch.setattr(standing, "stays", lambda *_: told)
    (found,) = plan.savings(context)
    assert found.what.endswith(
        "; without main-model, for who stays on m: $1.00 less ($0.50 to $2.00)"
    )


def test_hard_work_on_opus_is_in_order(context: Context, month: Month) -> None:
    """Opus is there for it."""
    for number in range(20):
        month.turn(number, "architecture", "opus")
    (found,) = plan.savings(context)
    assert found.level == OK


def test_an_empty_ledger_is_no_finding(context: Context) -> None:
    """Nothing is said about what nobody knows."""
    assert list(plan.savings(context)) == []


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (-39, "of the $139.00 by what is set now, "),
        (0, "of the bill of $100.00"),
        (20, "of the $80.00 by what is set now (their bill of $100.00)"),
    ],
)
def test_what_it_saves_is_of_what_the_settings_of_now_would_cost(
    context: Context, month: Month, monkeypatch: pytest.MonkeyPatch, held: int, said: str
) -> None:
    """Steps count on top of what is in force, and the bill stands beside that sum."""
    made.wasteful_agent(month)
    real = look.plan

    def looked(*args: Any) -> Any:
        return replace(real(*args), spent=100 * NANO, held_nano=held * NANO)

    monkeypatch.setattr(look, "plan", looked)
    (found,) = plan.savings(context)
    assert said in found.what
    assert "bill of $100.00" in found.what
    assert ("by what is set now" in found.what) == (held != 0)
