from __future__ import annotations

import os
import re
import sqlite3
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from cheaproute.cap import limits
from cheaproute.cli.main import main
from cheaproute.days import DAY_MS
from cheaproute.errors import CheaprouteError
from cheaproute.ledger import meta
from cheaproute.ledger.module import rate_limits
from cheaproute.ledger.query import coverage
from cheaproute.money import NANO
from cheaproute.plan import look
from cheaproute.report import costs, figures
from cheaproute.report.date_range import Range
from cheaproute.report.page import render
from cheaproute.report.page.facts import Plan, Step
from cheaproute.report.page.sections import model_colors
from cheaproute.report.terminal import draw, screen
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY

CARDS = ("spend", "month", "source", "routing", "cache", "projects", "sessions", "words")


def test_an_empty_ledger_has_every_card(db: sqlite3.Connection) -> None:
    """Without data each card says so, and nothing is drawn from nothing."""
    html = render.render(db, costs.build(db, NOW_MS))
    assert all(f'<section id="{card}"' in html for card in CARDS)
    assert html.count('class="empty"') == 8
    assert "<code>cheaproute import</code>" in html


def test_what_was_before_the_cap_is_told_apart(db: sqlite3.Connection) -> None:
    """Page, screen and hint speak of what the cap judges, and name the rest."""
    ledgers.add_call(db, "m1", TODAY - 1, cost_nano=300 * NANO)
    limits.put(db, {"month": 18 * NANO}, TODAY * DAY_MS)
    meta.put(db, coverage.WHOLE_MS, str(TODAY * DAY_MS + 1))
    meta.put(db, coverage.WHOLE_NANO, str(300 * NANO))
    ledgers.add_call(db, "m2", TODAY, cost_nano=9 * NANO)
    report = costs.build(db, NOW_MS)
    assert "50 % of $18.00, $300.00 before it was set" in render.render(db, report)
    said = screen.render(report, draw.Look(100))
    assert "$309.00, $9.00 of it since the cap of $18.00 was set" in said
    assert "cap is reached:" not in said


def test_a_cap_that_is_reached_is_named_and_drawn(db: sqlite3.Connection) -> None:
    """The hint says which cap, and its bar is not another one's."""
    ledgers.add_call(db, "m1", TODAY, cost_nano=9 * NANO)
    limits.put(db, {"month": 900 * NANO, "day": 3 * NANO}, NOW_MS)
    html = render.render(db, costs.build(db, NOW_MS))
    assert "the daily cap is reached: <code>cheaproute cap raise" in html
    assert '<progress class="over" max="100" value="100" aria-label="300 % of $3.00">' in html
    assert 'value="1" aria-label="1 % of $900.00">' in html


def test_sessions_have_titles(db: sqlite3.Connection, tmp_path: Path) -> None:
    """As in the terminal, escaped; not where the user wants none."""
    path = tmp_path / "t.jsonl"
    path.write_text('{"type": "custom-title", "customTitle": "Mend <b>the parser"}\n')
    session = ledgers.add_session(db, "49d3b0a8-2222", "/me/shop", TODAY, TODAY)
    ledgers.add_call(db, "m1", TODAY, session=session)
    db.execute("INSERT INTO file(path, session) VALUES(?, ?)", (str(path), session))
    report = costs.build(db, NOW_MS)
    shown = render.render(db, report)
    assert "Mend &lt;b&gt;the parser" in shown
    narrow = shown[shown.index("(max-width: 42rem)") :].partition("\n")[0]
    assert ".se.named tr > :nth-child(2)" in narrow  # the directory goes, not the seventh
    assert "nth-child(7)" not in narrow
    assert 'class="se named"' in shown
    assert "the parser" not in render.render(db, report, named=False)


def test_one_day(db: sqlite3.Connection) -> None:
    """A single call is drawn."""
    ledgers.add_call(db, "m1", TODAY)
    html = render.render(db, costs.build(db, NOW_MS))
    assert "22 Nov · opus-5-5 · $1.00" in html


@pytest.mark.parametrize(
    ("days", "bucket", "bars"), [(30, "day", 30), (366, "week", 53), (800, "month", 27)]
)
def test_bars_are_few_enough_to_read(
    full: sqlite3.Connection, days: int, bucket: str, bars: int
) -> None:
    """A month is drawn by day, a year by week, more by month."""
    html = render.render(full, costs.build(full, NOW_MS, Range(TODAY - days + 1, TODAY + 1)))
    spend = html[html.index('id="spend"') : html.index('id="source"')]
    assert f"Spend by {bucket} and model" in spend
    assert 2 + bars <= spend.count("<rect") <= 2 + 3 * bars  # none for a model's day of nothing


def test_it_needs_nothing_from_elsewhere(full: sqlite3.Connection) -> None:
    """No script, no address outside the page, and a policy that forbids both."""
    html = render.render(full, costs.build(full, NOW_MS, plan=True))
    assert "<script" not in html
    assert set(re.findall(r"""https?://[^\s"'<]+""", html)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in html
    assert len(html) < 200_000


def test_what_comes_from_outside_is_text(db: sqlite3.Connection) -> None:
    """A project, model, category or proposal that looks like markup stays text everywhere."""
    evil = "<img src=x onerror=alert(1)>"
    session = ledgers.add_session(db, evil, f"/{evil}", TODAY, TODAY)
    ledgers.add_call(db, "m1", TODAY, model=evil, project=f"/{evil}", session=session)
    ledgers.add_dispatch(db, "t1", TODAY, session=session, category=evil, resolved=evil)
    plan = Plan(
        TODAY - 29,
        TODAY + 1,
        10**10,
        10**9,
        1,
        10**9,
        [Step(evil, evil, 1, 1, 1, evil)],
        [(evil, 1)],
    )
    html = render.render(db, costs.build(db, NOW_MS), plan)
    assert "<img" not in html
    assert html.count("&lt;img") > 5


def test_models_keep_their_colours() -> None:
    """A family has its colour whatever its rank; a second of it gets one of its own."""
    assert model_colors(["claude-haiku-5-5", "claude-opus-5-5"]) == [2, 0]
    assert model_colors(["claude-opus-5-5", "claude-opus-4-6", "x"]) == [0, 3, 4]
    assert len(model_colors(["m"] * 12)) == 12


def test_the_plan_is_shown_before_and_after(db: sqlite3.Connection) -> None:
    """The bill of its days as it was and with the plan; its steps; without a plan no card."""
    without = render.render(db, costs.build(db, NOW_MS))
    assert 'id="plan"' not in without
    assert 'href="#plan"' not in without
    step = Step(
        "compact sooner", "autoCompactWindow", 4 * 10**9, 10**9, 5 * 10**9, "detail is lost"
    )
    plan = Plan(
        TODAY - 29, TODAY + 1, 10 * 10**9, 4 * 10**9, 10**9, 5 * 10**9, [step], [("answers", 10**9)]
    )
    html = render.render(db, costs.build(db, NOW_MS), plan)
    assert "$10.00" in html
    assert "$6.00" in html
    assert "$4.00 less ($1.00 to $5.00)" in html
    assert "compact sooner" in html
    assert '<small class="below">$1.00 to $5.00</small>' in html  # where the range has no column
    assert '<a href="#plan">' in html
    added = "Replayed as one: each alone would add up to $8.00 less, but they overlap."
    assert added not in render.render(db, costs.build(db, NOW_MS), plan._replace(added=added))
    told = "Without main-model, for who stays on m: $1.00 less ($0.50 to $2.00)."
    assert f"($1.00 to $5.00). {told}" in render.render(
        db, costs.build(db, NOW_MS), plan._replace(without=told)
    )
    worse = plan._replace(low=-(10**9), steps=[step._replace(saves=-(10**9), low=-2 * 10**9)])
    html_of_worse = render.render(db, costs.build(db, NOW_MS), worse)
    assert "$4.00 less (from $1.00 more to $5.00 less)" in html_of_worse
    assert "$1.00 more" in html_of_worse
    assert "-$" not in html_of_worse
    several = plan._replace(steps=[step._replace(name="window"), step], added=added)
    both = render.render(db, costs.build(db, NOW_MS), several)
    assert added in both
    assert "(<code>window</code>)" in both  # as `plan apply` takes it
    assert "<tr><td>answers</td><td>$1.00</td><td>10 %</td></tr>" in html
    assert "at most" not in html
    open_ = plan._replace(marks={"answers": "≥"}, lacks="of 9 calls only the start is there")
    html = render.render(db, costs.build(db, NOW_MS), open_)
    assert "<tr><td>answers</td><td>≥$1.00</td><td>≥10 %</td></tr>" in html
    assert "≥ at least, ≤ at most: of 9 calls only the start is there." in html
    nothing = plan._replace(steps=[], saves=0)
    assert "nothing worth a change" in render.render(db, costs.build(db, NOW_MS), nothing)
    held = plan._replace(in_force="in force already: window. The steps count what comes on top.")
    html = render.render(db, costs.build(db, NOW_MS), held)
    assert "<p>In force already: window. The steps count" in html
    assert "<span>with these steps</span>" in html
    assert "set now</span>" not in html
    html = render.render(db, costs.build(db, NOW_MS), held._replace(held_nano=2 * 10**9))
    bars = re.findall(r'<span>([^<]+)</span><i style="width:(\d+)%"></i> ([^<]+)', html)
    assert bars == [
        ("as it was", "100", "$10.00"),
        ("by what is set now", "80", "$8.00"),
        ("with these steps", "40", "$4.00"),
    ]
    nothing = held._replace(steps=[], saves=0)
    assert "nothing more worth a change" in render.render(db, costs.build(db, NOW_MS), nothing)


def test_a_step_that_pays_beside_another_says_so_and_commands_are_code(
    db: sqlite3.Connection,
) -> None:
    """It is no saving of its own; what a terminal has in backticks is code on the page."""
    nano = 10**9
    risk = "type `/model sonnet` before"
    first = Step("compact", "w", 4 * nano, nano, 5 * nano, risk, name="window")
    second = Step("Haiku sums up", "h", nano, 0, nano, "r", "with step 1", "handover")
    plan = Plan(TODAY - 29, TODAY + 1, 10 * nano, 5 * nano, nano, 6 * nano, [first, second], [],
                in_force='in force: `"promptCacheTtl": "1h"`')  # fmt: skip
    html = render.render(db, costs.build(db, NOW_MS), plan)
    assert "<td>1. compact (<code>window</code>)</td>" in html
    assert ">$1.00 with step 1<" in html
    assert "<code>/<wbr>model sonnet</code>" in html
    assert "<code>&quot;promptCacheTtl&quot;: &quot;1h&quot;</code>" in html
    assert "`" not in html.partition('id="words"')[0].partition("<body>")[2]


def test_a_plans_limits_have_a_card_where_they_are_known(db: sqlite3.Connection) -> None:
    """As the terminal has them: how full, until when, and whether that lasts; with a key none."""
    rate_limits.note(
        db,
        {
            "five_hour": {"used_percentage": 80.4, "resets_at": NOW_MS // 1000 + 3600},
            "seven_day": {"used_percentage": 13.5, "resets_at": NOW_MS // 1000 + 300_000},
        },
        NOW_MS,
    )
    ledgers.add_call(db, "m1", TODAY, cost_nano=9 * NANO)
    assert 'id="limits"' not in render.render(db, costs.build(db, NOW_MS))
    report = costs.build(db, NOW_MS, plan=True)
    html = render.render(db, report)
    assert '<a href="#limits">Limits</a>' in html
    card = html.partition('<section id="limits"')[2].partition("</section>")[0]
    assert "<td>5-hour block</td><td>80 %</td>" in card
    assert "<td>lasts</td>" in card or "<td>full " in card
    for window in report.windows:
        assert screen.when(window.resets_ms, report) in card


def test_subagents_without_a_transcript_were_sent_out(db: sqlite3.Connection) -> None:
    """Dispatches that no rule saw and whose calls are nowhere: the page says just that."""
    ledgers.add_call(db, "m1", TODAY)
    assert "No subagent was sent out." in render.render(db, costs.build(db, NOW_MS))
    db.execute(
        "INSERT INTO tool(session, id, ts_ms, name, failed) VALUES(0, 'refused', 0, 'Task', 1)"
    )
    ledgers.add_dispatch(db, "refused", TODAY)
    assert "No subagent was sent out." in render.render(db, costs.build(db, NOW_MS))
    ledgers.add_dispatch(db, "t1", TODAY, agent_type="Explore")
    html = render.render(db, costs.build(db, NOW_MS))
    assert "1 subagent was sent out, but no transcript of it is there; none was routed." in html
    ledgers.add_dispatch(db, "t2", TODAY, agent_type="Explore", agent="a2")
    html = render.render(db, costs.build(db, NOW_MS))
    assert "2 subagents were sent out, but no transcript of them is there" in html
    one = costs.build(db, NOW_MS, project="/home/u/src/shop")
    assert "No subagent was sent out." not in render.render(db, one)


def test_the_calendar_has_every_day(full: sqlite3.Connection) -> None:
    """Each day of the month that was has its amount; a year has no calendar."""
    report = costs.build(full, NOW_MS)
    html = render.render(full, report)
    calendar = html[html.index('id="calendar"') : html.index('id="month"')]
    for day, sums in report.by_day:
        assert f"<small>{int(day[8:])}</small> <b>{figures.money(sums.cost_nano)}</b>" in calendar
    assert 'id="calendar"' not in render.render(
        full, costs.build(full, NOW_MS, Range(TODAY - 365, TODAY + 1))
    )


def test_it_stays_small(full: sqlite3.Connection) -> None:
    """A busy month is a page of some 80 kB at most."""
    assert len(render.render(full, costs.build(full, NOW_MS)).encode()) < 85_000


def test_without_the_library_one_line_says_what_to_do(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra that is missing is named with its command."""
    monkeypatch.setitem(sys.modules, "pygal", None)
    with pytest.raises(CheaprouteError, match="need the package pygal: run `cheaproute setup`"):
        render.render(db, costs.build(db, NOW_MS))


def test_the_command_writes_a_private_file(
    db: sqlite3.Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is for its user alone; the path is data; `-` is stdout."""
    path = db.execute("PRAGMA database_list").fetchone()[2]
    monkeypatch.setenv("CHEAPROUTE_HOME", os.path.dirname(path))
    assert main(["report"]) == 0
    written = capsys.readouterr().out.strip()
    assert os.path.basename(written) == "report.html"
    assert os.stat(written).st_mode & 0o777 == 0o600
    assert main(["report", "-o", "-", "--month", "2026-05"]) == 0
    out, err = capsys.readouterr()
    assert "May 2026" in out
    assert err == "May 2026 (UTC): no calls yet: `cheaproute import` reads your history\n"


@pytest.mark.parametrize("words", [[], ["all"], ["week"], ["2026-11"]])
def test_the_pages_plan_is_the_plan(
    full: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """Whatever the page's days, its plan is of those that `cheaproute plan` looks at."""
    path = full.execute("PRAGMA database_list").fetchone()[2]
    monkeypatch.setenv("CHEAPROUTE_HOME", os.path.dirname(path))
    monkeypatch.setattr("time.time", lambda: NOW_MS / 1000)
    looked = []

    def plan(_db: object, _env: object, _settings: object, of: look.Span) -> SimpleNamespace:
        looked.append(of)
        return SimpleNamespace(spent=0)

    monkeypatch.setattr(look, "plan", plan)
    assert main(["report", *words]) == 0
    assert looked == [look.span(full, 30, NOW_MS)]


def test_misses_by_reason(full: sqlite3.Connection) -> None:
    """Why what had been cached was written again, in words, with its price."""
    html = render.render(full, costs.build(full, NOW_MS), missed=[("idle", 3, 50_000, 10**9)])
    assert "<td>the cache had run out</td><td>3</td><td>50.0k</td><td>$1.00</td>" in html


def test_a_teams_members_have_a_section(full: sqlite3.Connection) -> None:
    """Of a page by person; without any there is none, and a name stays text."""
    report = costs.build(full, NOW_MS)
    assert 'id="people"' not in render.render(full, report)
    report.people = [("ada", report.by_model[0][1]), ("<b>bob</b>", report.by_model[1][1])]
    html = render.render(full, report)
    people = html[html.index('id="people"') :]
    assert f"<td>ada</td><td>{figures.money(report.by_model[0][1].cost_nano)}</td>" in people
    assert "&lt;b&gt;bob" in people
