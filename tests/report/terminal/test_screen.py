from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.cap import limits, periods
from cheaproute.cap.fallback import hidden
from cheaproute.cli import commands
from cheaproute.ledger import intern, schema
from cheaproute.money import NANO
from cheaproute.report import costs, date_range, hint
from cheaproute.report.terminal import command, draw, labels, phrase, screen, views
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY

SCREEN = """\
cheaproute · November 2026 (day 22 of 30, UTC)

Month            $3.50  of $10.00  ███████░░░░░░░░░░░░░  35 %
Forecast         $6.93  by 30 Nov
Today            $0.50
14 days     ············█▂  most on 21 Nov: $3.00
Routed               1  of 2 subagents to a cheaper model
Saved (net)      $0.25

By model                      Cost  Share  Calls     In  Cached    Out
opus-5-5                     $3.00   86 %      1  51.0k    98 %    100
haiku-5-5                    $0.50   14 %      1  51.0k    98 %    100

By source                     Cost  Share  Calls
main loop                    $3.00   86 %      1
subagents                    $0.50   14 %      1

By project                    Cost  Share  Calls
~/src/shop                   $3.50  100 %      2"""


def test_the_screen(db: sqlite3.Connection) -> None:
    """The whole screen of a small month, character by character."""
    ledgers.add_call(db, "m0", TODAY - 20, cost_nano=0, tokens=(0, 0, 0, 0, 0))
    db.execute("DELETE FROM call")
    ledgers.add_call(db, "old", TODAY - 40, cost_nano=0, tokens=(0, 0, 0, 0, 0))
    ledgers.add_call(db, "m1", TODAY - 1, cost_nano=3_000_000_000)
    ledgers.add_call(
        db,
        "m2",
        TODAY,
        model="claude-haiku-5-5",
        source=schema.SUBAGENT,
        cost_nano=500_000_000,
        saved_nano=250_000_000,
    )
    ledgers.add_dispatch(
        db, "t1", TODAY, action="routed", routed="haiku", resolved="claude-haiku-5-5"
    )
    ledgers.add_dispatch(db, "t2", TODAY, action="pinned", resolved="claude-opus-5-5")
    ledgers.set_cap(db, 10)
    assert screen.render(costs.build(db, NOW_MS), draw.Look(), home="/home/u") == SCREEN


def test_an_empty_ledger_says_what_to_do(db: sqlite3.Connection) -> None:
    """The first screen has no table and one hint."""
    shown = screen.render(costs.build(db, NOW_MS), draw.Look())
    assert "Month            $0.00  no cap is set" in shown
    assert shown.endswith("Hint  no calls yet: `cheaproute import` reads your history")


@pytest.mark.parametrize(
    "view",
    [
        *("", "today", "week", "all", "models", "projects", "project", "sessions", "agents"),
        *("sources", "why", "nonsense"),
    ],
)
def test_every_view_fits_the_screen(full: sqlite3.Connection, view: str) -> None:
    """Under 40 lines, at most 70 columns, with more models and projects than fit."""
    for n in range(60):
        ledgers.add_call(
            full,
            f"x{n}",
            TODAY,
            model=f"us.anthropic.claude-opus-{n}-20261101-v1:0",
            project=f"/a/{'very/' * 30}{n}",
            cost_nano=None if n % 2 else 1_123_456_789_000,
            final=n % 3 != 0,
        )
    lines = command.answer(view, full, NOW_MS, cwd=f"/a/{'very/' * 30}0", plan=True).splitlines()
    assert len(lines) < 40, "\n".join(lines)
    assert max(map(len, lines)) <= draw.WIDTH


@pytest.mark.parametrize(
    ("calls", "cap", "said"),
    [
        (0, None, "no calls yet"),
        (1, None, "no cap is set"),
        (1, 1, "the monthly cap is reached"),
        (9, 10, "at this pace the monthly cap is reached today"),
        (1, 90, ""),
    ],
)
def test_one_hint_where_there_is_something_to_do(
    db: sqlite3.Connection, calls: int, cap: int | None, said: str
) -> None:
    """The most pressing thing is said in a line that fits; all being well, nothing is."""
    for n in range(calls):
        ledgers.add_call(db, f"m{n}", TODAY - n % 2)
    if cap:
        ledgers.set_cap(db, cap)
    word = hint.choose(costs.build(db, NOW_MS))
    assert word.startswith(said)
    assert bool(word) == bool(said)
    assert len(f"Hint  {word}") <= draw.WIDTH


@pytest.mark.parametrize("spent", [1, 2, 15, 150])
def test_what_the_hint_raises_is_enough(db: sqlite3.Connection, spent: int) -> None:
    """However far a cap of $1 was passed."""
    for n in range(spent):
        ledgers.add_call(db, f"m{n}", TODAY)
    ledgers.set_cap(db, 1)
    raised = hint.choose(costs.build(db, NOW_MS)).rpartition("cap raise ")[2].rstrip("`")
    assert 1 + float(raised) > spent


def test_the_hint_raises_every_cap_that_stops_the_session(db: sqlite3.Connection) -> None:
    """The session's own and the day's in one command, with room for its next call."""
    session = ledgers.add_session(db, "741ae628-1", "/p", TODAY, TODAY)
    ledgers.add_call(db, "m", TODAY, cost_nano=2_030_000_000, session=session)
    db.execute("INSERT INTO pace VALUES(?, ?)", (session, 2_000_000_000))
    limits.put(db, {"session": 1_000_000_000, "day": 3_000_000_000}, NOW_MS)
    word = hint.choose(costs.build(db, NOW_MS, session="741ae628-1"))
    assert word == "the session cap is reached: `cheaproute cap raise 5 --session 741ae628 --day 2`"
    shown = command.answer("", db, NOW_MS, session="741ae628-1").splitlines()
    assert [line for line in shown if "`cheaproute cap raise 5 --session 741ae628 --day 2`" in line]
    assert max(map(len, shown)) <= draw.WIDTH
    warned = command.answer("", db, NOW_MS, session="741ae628-1", warns=True)
    assert "the session cap is passed; that only warns, nothing is stopped" in warned
    assert "cap raise" not in warned


def test_an_empty_month_of_a_full_ledger(full: sqlite3.Connection) -> None:
    """Where there is nothing to show, the hint says where there is something."""
    report = costs.build(full, NOW_MS, date_range.of_month("2024-01"))
    assert hint.choose(report) == (
        "no calls here; the ledger has 2025-11-22 to 2026-11-22: `cheaproute costs 2026-11`"
    )


def test_a_plan_says_so(full: sqlite3.Connection) -> None:
    """On a plan the amounts are named list-price equivalents."""
    shown = screen.render(costs.build(full, NOW_MS, plan=True), draw.Look()).splitlines()
    assert shown[1] == "list price: your plan is not billed per token"


def test_a_plan_says_so_of_a_session_too(full: sqlite3.Connection) -> None:
    """Whatever screen has amounts of one session: they are no bill."""
    for asked in (f"session {TODAY:08x}", "sessions", "models"):
        said = command.answer(asked, full, NOW_MS, plan=True)
        assert "list price: your plan is not billed per token" in said


def test_marks_show(db: sqlite3.Connection) -> None:
    """Unknown prices and lower bounds are marked in the total and in their row, and explained."""
    ledgers.add_call(db, "m1", TODAY, cost_nano=None, model="claude-next-9")
    ledgers.add_call(db, "m2", TODAY, final=0)
    shown = screen.render(costs.build(db, NOW_MS), draw.Look())
    assert "Month          ≥$1.00+" in shown
    assert "next-9                      $0.00+" in shown
    assert "1 call has no price (+)" in shown


def test_another_month_has_no_cap_and_no_forecast(full: sqlite3.Connection) -> None:
    """A month that is over is not measured against today's cap."""
    shown = screen.render(costs.build(full, NOW_MS, date_range.of_month("2026-05")), draw.Look())
    assert shown.startswith("cheaproute · May 2026 (UTC)")
    assert "Forecast" not in shown
    assert "Today" not in shown
    assert " of $" not in shown


@pytest.mark.parametrize(
    ("prompt", "view"),
    [
        ("/costs", ""),
        ("/cheaproute:costs", ""),
        ("  /costs  Today ", "Today"),
        ("/costs models week", "models week"),
        ("/costs since 2026-02-01", "since 2026-02-01"),
        ("/costs session", "session"),
        ("/costs session 12345678", "session 12345678"),
        ("/costs why 01SEARCH", "why 01SEARCH"),
        ("/costs why KoktoiYv", "why KoktoiYv"),
        ("/costs why did", None),
        ("/costs why Nothing", None),
        ("/costs endpoint returns 500, find out why", None),
        ("/costs a3b13405", "a3b13405"),
        ("/costs 20261405", None),
        ("/costs nonsense", None),
        ("/costsx", None),
        ("what are /costs", None),
        ("", None),
        ("/cost", None),
    ],
)
def test_what_is_the_command(prompt: str, view: str | None) -> None:
    """Only a prompt that begins with the command is one."""
    assert phrase.view(prompt) == view


def test_answers_to_what_is_typed(db: sqlite3.Connection) -> None:
    """A span, a view, and a word that is neither, which gets the list of them."""
    assert "no view" in command.answer("sofar", db, NOW_MS)
    assert "no such day" in command.answer("2026-13", db, NOW_MS)
    for question in ("how much did the web project cost in october", "why so much?"):
        assert "a question goes to the model" in command.answer(question, db, NOW_MS)
    for own in phrase.OTHERS:
        assert own in commands.COMMANDS or own == "help"
        said = f"`{own}` is a command of its own: `cheaproute {own}`"
        assert " ".join(command.answer(own, db, NOW_MS).split()) == said
    assert "`cheaproute cap set 5`" in command.answer("cap set 5", db, NOW_MS)
    assert "May 2026 (UTC)" in command.answer("2026-05", db, NOW_MS)
    assert "no subagent" in command.answer("why", db, NOW_MS)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("sesions", "there is no view 'sesions': did you mean `sessions`?"),
        ("days models", "one view at a time: `days` or `models`"),
        ("lst month", "'lst month' is no day or span: did you mean `last month`?"),
        ("tomorow", "'tomorow' is no day or span: did you mean `today`?"),
        ("30", "'30' is no day or span: did you mean `30d`?"),
        ("yesteday", "'yesteday' is no day or span: did you mean `yesterday`?"),
        ("2026-02-30", "'2026-02-30' is no day or span: there is no such day or month"),
        ("since 27.11.", "'27.11' is no day or span: a date has its year"),
        ("last 24 hours", "'last 24 hours' is no day or span: days are the least"),
        ("p1", "`p1`: did you mean `/costs project p1`?"),
        ("sessions p1", "`sessions p1`: did you mean `/costs project p1 sessions`?"),
        ("p1 week", "`p1 week`: did you mean `/costs project p1 week`?"),
        ("session", "say which session: `/costs sessions` lists them, and the ID is the first"),
        ("a3b13405", "no session `a3b13405` made a call: `/costs sessions` lists them"),
        ("session zzzz1", "no session `zzzz1` made a call: `/costs sessions` lists them"),
        ("why toolu_9", "no decision 'toolu_9': `/costs why` lists the latest"),
        ("project nowhere", "no project 'nowhere'"),
        ("opus", "`opus`: did you mean `/costs models`?"),
        ("opus week", "`opus week`: did you mean `/costs models week`?"),
        ("frobnicate", "'frobnicate' is no view, day or span: there are models, projects,"),
    ],
)
def test_a_refusal_stands_alone(db: sqlite3.Connection, wanted: str, said: str) -> None:
    """What cannot be shown is said, with what works in the client, and no screen above it."""
    ledgers.add_call(db, "a", TODAY, project="/home/u/src/p1")
    text = command.answer(wanted, db, NOW_MS)
    assert " ".join(text.split()).startswith(said)
    assert "Month" not in text
    assert "Total" not in text


def test_a_cap_beside_the_months_is_shown(db: sqlite3.Connection) -> None:
    """Of the day and of the session, reached or not; not where another time is shown."""
    uuid = "11111111-2222-3333-4444-555555555555"
    session = intern.session_id(db, uuid)
    assert " cap " not in command.answer("today", db, NOW_MS, session=uuid)
    limits.put(db, {"month": 100 * NANO, "day": 22 * NANO, "session": 40 * NANO}, 0)
    keys = periods.keys(NOW_MS, session)
    for key, nano in ((keys["day"], 25_400_000_000), (keys["session"], 10 * NANO)):
        db.execute("INSERT INTO spent(period, cost_nano) VALUES(?, ?)", (key, nano))
    for wanted in ("", "today", "month"):
        text = command.answer(wanted, db, NOW_MS, session=uuid)
        assert "Daily cap       $25.40  of $22.00  115 %, reached" in text, wanted
        assert "Session cap     $10.00  of $40.00  25 %\n" in text, wanted
        assert "Session cap     $40.00  in each session" in command.answer(wanted, db, NOW_MS)
    for wanted in ("yesterday", "2026-05", "project nowhere"):
        assert "Daily cap" not in command.answer(wanted, db, NOW_MS, session=uuid)
    assert "that the books lack" not in text
    hidden.add(db, list(keys.values()), 300_000_000, NOW_MS)
    text = command.answer("", db, NOW_MS, session=uuid)
    assert text.count("\n            the cap counts $0.30 that the books lack\n") == 3
    db.execute("DELETE FROM meta WHERE key LIKE 'hidden.%'")
    ledgers.add_call(db, "open", TODAY, final=0)
    text = command.answer("today", db, NOW_MS, session=uuid)
    assert "Daily cap      ≥$26.40  of $22.00  120 %, reached" in text  # as the status line has it


def test_session_is_the_one_it_is_asked_in(db: sqlite3.Connection) -> None:
    """Without an id it is this session's sums, and one that is named is another's."""
    one, other = (f"{n}1111111-2222-3333-4444-555555555555" for n in "12")
    ledgers.add_call(db, "a", TODAY, session=intern.session_id(db, one), cost_nano=3 * 10**9)
    ledgers.add_call(db, "b", TODAY, session=intern.session_id(db, other), cost_nano=5 * 10**9)
    for wanted, uuid, total in (
        ("session", one, "$3.00"),
        ("session today", one, "$3.00"),
        (f"session {other[:8]}", other, "$5.00"),
    ):
        text = command.answer(wanted, db, NOW_MS, session=one)
        assert text.startswith(f"cheaproute · session {uuid}"), wanted
        assert total in text, wanted
    assert "`/costs session ID` shows one of them" in command.answer("sessions", db, NOW_MS)


@pytest.fixture
def crowded(db: sqlite3.Connection) -> sqlite3.Connection:
    """Projects that only their ends tell apart, one in wide letters, and dated models."""
    for n, path in enumerate(
        (
            "/home/user/work/clients/acme/git-sync",
            "/home/user/work/clients/beta/git-sync",
            "/写/项目",
        )
    ):
        ledgers.add_call(
            db, f"m{n}", TODAY, project=path, model=f"claude-opus-4-{n}-20251101", cost_nano=10**12
        )
    return db


def test_a_percentage_is_not_broken() -> None:
    """Neither from its sign nor at the end of a line."""
    assert draw.fill("advisor calls 12 %, none", 16) == ["advisor calls", "12 %, none"]


def test_no_table_is_empty(db: sqlite3.Connection) -> None:
    """A view without a call says so, and what to do."""
    for asked in ("days", "weeks", "months", "models", "agents", "sources", "projects", "sessions"):
        said = command.answer(asked, db, NOW_MS)
        assert "no calls yet: `cheaproute import` reads your history" in said
        assert "Cost" not in said
    ledgers.add_call(db, "m", TODAY)
    assert "no calls here; the ledger has" in command.answer("models 2026-02", db, NOW_MS)


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 120, draw.ENDLESS])
@pytest.mark.parametrize("plain", [False, True])
def test_a_label_is_never_cut(crowded: sqlite3.Connection, width: int, *, plain: bool) -> None:
    """Whatever the width, the rows can be told apart, whole, and no line is too long."""
    report = costs.build(crowded, NOW_MS)
    shown = screen.render(report, draw.Look(width, plain=plain))
    for label in ("acme/git-sync", "beta/git-sync", "opus-4-0", "opus-4-1", "opus-4-2", "项目"):
        assert label in shown.replace("\n", "") if width == 20 else label in shown
    assert shown.count("$1,000.00") >= 6
    if width >= 30:
        assert max(labels.width(line) for line in shown.splitlines()) <= width
    if plain:
        assert shown.replace("写", "").replace("项目", "").isascii()
    if width >= 80 and not plain:
        assert "Cached" in shown


def test_empty_columns_go_first(db: sqlite3.Connection) -> None:
    """What is nothing in every row makes room before anything else does."""
    names = ("By model", ">Cost", ">Share", ">Saved (net)", ">Out")
    rows = [("opus-5-5", "$1.00", "100 %", "$0.20", "0")]
    assert draw.table(names, rows, draw.Look(44))[0].split()[-1] == "(net)"
    assert draw.table(names, rows, draw.Look(80))[0].split()[-1] == "Out"
    assert db


@pytest.mark.parametrize("writes", [(9, 1), (1, 9), (10, 0)])
def test_no_writes_are_out_of_sight_and_the_legend_names_what_stands(
    db: sqlite3.Connection, writes: tuple[int, int]
) -> None:
    """Where there is no room for both kinds, one column has their sum."""
    session = ledgers.add_session(db, "a" * 36, "/p", TODAY, TODAY)
    tokens = (10_000, 90_000, writes[0] * 10**6, writes[1] * 10**6, 50_000_000)
    ledgers.add_call(db, "m1", TODAY, session=session, tokens=tokens)
    narrow = command.answer("models", db, NOW_MS, look=draw.Look(50))
    assert "10.0M" in narrow
    assert ("Written went to" in " ".join(narrow.split())) == all(writes)
    assert "Out were answered." in " ".join(narrow.split())
    wide = " ".join(command.answer("models", db, NOW_MS, look=draw.Look(90)).split())
    assert "cache nor put there, Wr 5m and Wr 1h were written to it, Read came from it" in wide


def test_a_digest_is_not_the_main_loops(db: sqlite3.Connection) -> None:
    """In a session's breakdown by agent, a delegated call stands in its own line."""
    session = ledgers.add_session(db, "abcdef01-2222-3333-4444-555555555555", "/p", TODAY, TODAY)
    for n, source in enumerate((schema.MAIN, schema.DELEGATED)):
        ledgers.add_call(db, f"m{n}", TODAY, session=session, source=source)
    shown = command.answer("session abcdef01", db, NOW_MS)
    ends = [
        line.split("$")[0].strip()
        for line in shown.splitlines()
        if "loop" in line or line[:1] == "("
    ]
    assert sorted(ends) == ["(delegated)", "main loop"]


def test_two_ids_of_one_short_name_stay_apart() -> None:
    """A dated id beside the undated one keeps its date; each alone is short."""
    both = ["claude-opus-4-5", "claude-opus-4-5-20251101"]
    assert labels.models(both) == {name: name for name in both}
    assert labels.models(both[1:]) == {both[1]: "opus-4-5"}


@given(
    st.lists(st.text(alphabet="aaaaaa/b写é", min_size=1, max_size=40), min_size=1, max_size=6),
    st.integers(1, 60),
)
def test_shortened_paths_stay_apart(paths: list[str], room: int) -> None:
    """No two different paths come to look the same, and each keeps the end it is known by."""
    short = labels.shortened(paths, room)
    assert len(set(short)) == len(set(paths))
    for before, after in zip(paths, short, strict=True):
        end = before.rpartition("/")[2]
        assert after.rpartition("/")[2] == end or before.endswith(after.removeprefix("…"))
        assert labels.width(after) >= min(labels.width(end), 20)
        assert labels.width(after) <= labels.width(before)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_long_name_takes_no_column_from_the_others(db: sqlite3.Connection, width: int) -> None:
    """It is known by its end; the day, the project and the title of each session are there."""
    for n, name in enumerate(("a-really-long-project-name-for-the-data-platform-team", "web")):
        session = ledgers.add_session(db, f"{n}9d3b0a8-2222", f"/home/me/{name}", TODAY, TODAY)
        ledgers.add_call(db, f"m{n}", TODAY, session=session, project=f"/home/me/{name}")
    look = draw.Look(width)
    report = costs.build(db, NOW_MS)
    table = screen.render(report, look, home="/home/me").split("By project")[1]
    assert "-data-platform-team  " in table
    assert "Calls" in table
    sessions = views.listed(report, db, look, home="/home/me")
    assert "Last day" in sessions
    assert "-data-platform-team" in sessions
    assert max(labels.width(line) for line in f"{sessions}\n{table}".splitlines()) <= width


@pytest.mark.parametrize("width", [40, 60, 100])
def test_each_session_has_a_name(db: sqlite3.Connection, tmp_path: Path, width: int) -> None:
    """Where there is no room for the projects, one without a title is called by its own."""
    for n, name in enumerate(("shop-of-a-long-name-with-many-letters", "web")):
        session = ledgers.add_session(db, f"{n}9d3b0a8-2222", f"/me/{name}", TODAY, TODAY)
        ledgers.add_call(db, f"m{n}", TODAY, session=session, cost_nano=10**9)
        if not n:
            path = tmp_path / "t.jsonl"
            path.write_text('{"type": "custom-title", "customTitle": "Mend the parser"}\n')
            db.execute("INSERT INTO file(path, session) VALUES(?, ?)", (str(path), session))
    shown = views.listed(costs.build(db, NOW_MS), db, draw.Look(width), home="/me")
    assert "Mend the" in shown
    assert "web" in shown
    assert max(map(labels.width, shown.splitlines()[3:6])) <= width


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_titles_tell_sessions_apart(db: sqlite3.Connection, tmp_path: Path, width: int) -> None:
    """A project's path is shortened and the model left out for them; what they share is cut."""
    titles = [f"/erk:plan-implement the issue number {n}" for n in (7757, 7758, 8001)]
    titles += ["Mend the parser", "Mend the parser"]
    project = "/home/me/code/of/many/years/erk"
    for n, title in enumerate(titles):
        session = ledgers.add_session(db, f"{n}9d3b0a8-2222", project, TODAY, TODAY)
        ledgers.add_call(db, f"m{n}", TODAY, session=session, project=project)
        path = tmp_path / f"{n}.jsonl"
        path.write_text(f'{{"type": "custom-title", "customTitle": "{title}"}}\n')
        db.execute("INSERT INTO file(path, session) VALUES(?, ?)", (str(path), session))
    shown = views.listed(costs.build(db, NOW_MS), db, draw.Look(width), home="/home/me")
    rows = [line for line in shown.splitlines() if "9d3b0a8" in line]
    assert all(any(row.endswith(end) for row in rows) for end in ("7757", "7758", "8001"))
    assert sum(row.endswith("Mend the parser") for row in rows) == 2
    assert sum("/erk:" in row for row in rows) == 3
    assert ("opus" in rows[0]) is (width >= 100)
    assert max(map(labels.width, rows)) <= width


@pytest.mark.parametrize("asked", ["year", "all", "2026"])
def test_what_was_not_lived_has_no_row(db: sqlite3.Connection, asked: str) -> None:
    """Months before the first call and months to come are not listed."""
    ledgers.add_call(db, "a", TODAY - 100, cost_nano=10**9)
    ledgers.add_call(db, "b", TODAY, cost_nano=10**9)
    text = command.answer(asked, db, NOW_MS)
    rows = [line.split()[0] for line in text.splitlines() if line[:5] == "2026-"]
    assert rows == ["2026-08", "2026-09", "2026-10", "2026-11"]


@pytest.mark.parametrize("room", range(8, 50))
def test_a_path_breaks_behind_a_slash(room: int) -> None:
    """Nothing is lost, no line is too long, and no name that fits one is cut."""
    path = "/srv/data/of/the/shop/cheaproute/config.toml"
    lines = labels.wrapped(path, room)
    assert "".join(lines) == path
    assert all(len(line) <= room for line in lines)
    assert room < 25 or lines[-1].endswith("config.toml")


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ("days", ["Fri 2026-11-20", "Sun 2026-11-22", "Total"]),
        ("by day", ["Fri 2026-11-20", "Sun 2026-11-22", "Total"]),
        ("daily today", ["Sun 2026-11-22", "Total"]),
        ("weekly", ["week of 2026-08-10", "week of 2026-11-16", "Total"]),
        ("per month", ["2026-08", "2026-11", "Total"]),
        ("months in november", ["2026-11", "Total"]),
    ],
)
def test_times_have_a_table(db: sqlite3.Connection, wanted: str, rows: list[str]) -> None:
    """By day, week and month, by whatever name; those without calls are not listed."""
    for n, day in enumerate((TODAY, TODAY - 2, TODAY - 100)):
        ledgers.add_call(db, f"m{n}", day, cost_nano=10**9)
    text = command.answer(wanted, db, NOW_MS, look=draw.Look(76))
    table = [line.split("  ")[0] for line in text.splitlines()[3:]]
    assert table == rows
    assert phrase.view(f"/costs {wanted}") == wanted


def test_many_times_are_folded(db: sqlite3.Connection) -> None:
    """The last ones stand one by one, what was before them in one line, and nothing is lost."""
    for n in range(60):
        ledgers.add_call(db, f"m{n}", TODAY - n, cost_nano=10**9)
    text = command.answer("days all", db, NOW_MS, look=draw.Look(76))
    first, *_, last = text.splitlines()[3:]
    assert first.split("  ")[0] == "before 2026-10-23"
    assert "$29.00" in first
    assert "$60.00" in last
    assert len(text.splitlines()) < 40


@pytest.mark.parametrize(
    ("asked", "as_if"),
    [("7 days", "7d"), ("2 weeks", "14d"), ("2w", "14d"), ("last 2 weeks", "14d"),
     ("in october", "2026-10"), ("by project", "projects"), ("past 30 days", "30d")],
)  # fmt: skip
def test_the_same_said_otherwise(db: sqlite3.Connection, asked: str, as_if: str) -> None:
    """Numbers of days and weeks, and words that say nothing here."""
    ledgers.year(db)
    assert command.answer(asked, db, NOW_MS) == command.answer(as_if, db, NOW_MS)


def test_a_name_that_is_nearly_a_projects_is_offered(db: sqlite3.Connection) -> None:
    """It is told, with the command that shows it."""
    ledgers.add_call(db, "a", TODAY, project="/home/u/src/webshop")
    for asked in ("webshopp", "of webshop", "for webshp"):
        said = command.answer(asked, db, NOW_MS)
        assert said == f"`{asked}`: did you mean `/costs project webshop`?"
    ledgers.add_call(db, "b", TODAY, project="/home/u/src/web")
    assert "did you mean `week`?" in command.answer("wek", db, NOW_MS)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("model opus", "models"), ("models sonnet week", "models week"), ("opus", "models")],
)  # fmt: skip
def test_what_is_offered_is_taken(db: sqlite3.Connection, asked: str, meant: str) -> None:
    """For the name of a model alone, the view that has it."""
    session = ledgers.add_session(db, "49d3b0a8-2222", "/u/web", TODAY, TODAY)
    for n, model in enumerate(("claude-opus-5-5", "claude-sonnet-5-5")):
        ledgers.add_call(db, f"a{n}", TODAY, model=model, session=session)
    said = command.answer(asked, db, NOW_MS).split()
    assert said == f"`{asked}`: did you mean `/costs {meant}`?".split()
    assert "did you mean" not in command.answer(meant, db, NOW_MS)


@pytest.mark.parametrize("asked", ["49d3b0a8", "49d3b0a8-2222", "49d3b0a8 week"])
def test_a_sessions_id_alone_shows_it(db: sqlite3.Connection, asked: str) -> None:
    """As with `session` before it."""
    session = ledgers.add_session(db, "49d3b0a8-2222", "/u/web", TODAY, TODAY)
    ledgers.add_call(db, "a", TODAY, session=session)
    shown = command.answer(asked, db, NOW_MS)
    assert shown == command.answer(f"session {asked}", db, NOW_MS)
    assert "49d3b0a8" in shown


def test_a_view_of_one_project(db: sqlite3.Connection) -> None:
    """Any view may be of one, named by a part of its name where no other has it."""
    for n, name in enumerate(("webshop", "data-platform-team")):
        session = ledgers.add_session(db, f"{n}9d3b0a8-2222", f"/u/{name}", TODAY, TODAY)
        ledgers.add_call(db, f"m{n}", TODAY, session=session, project=f"/u/{name}")
    for asked in ("sessions project webshop", "project shop sessions", "days project webs all"):
        text = command.answer(asked, db, NOW_MS)
        assert text.splitlines()[1] == "/u/webshop", asked
        assert "19d3b0a8" not in text
    assert "/u/data-platform-team" in command.answer("project \u2026platform-team", db, NOW_MS)
    assert command.answer("project /", db, NOW_MS).count("\n") > 3
    assert "no project 'sh-op'" in command.answer("project sh-op", db, NOW_MS)


def test_a_row_is_not_hidden_for_a_row(db: sqlite3.Connection) -> None:
    """What does not fit is one line where it is more than one; a week that is cut says so."""
    for n in range(screen.MOST_PROJECTS + 1):
        ledgers.add_call(db, f"m{n}", TODAY, project=f"/u/p{n}")
    assert "more project" not in command.answer("", db, NOW_MS)
    for n in range(3):
        ledgers.add_call(db, f"more{n}", TODAY - 12, project=f"/u/another{n}", cost_nano=NANO // 90)
    text = command.answer("", db, NOW_MS)
    assert "3 more projects" in text  # what is dear stands in a row of its own
    assert all(f"/u/p{n}" in text for n in range(screen.MOST_PROJECTS + 1))
    weeks = [line.split("  ")[0] for line in command.answer("14d", db, NOW_MS).splitlines()[4:7]]
    assert weeks == ["week of 9 Nov", "week of 16 Nov", ""]
    weeks = [line.split("  ")[0] for line in command.answer("13d", db, NOW_MS).splitlines()[4:7]]
    assert weeks == ["from 10 Nov", "week of 16 Nov", ""]


def test_a_call_that_was_stopped_is_in_every_table(db: sqlite3.Connection) -> None:
    """The counts of the tables are of the same calls."""
    ledgers.add_call(db, "a", TODAY)
    ledgers.add_call(db, "b", TODAY, model="<synthetic>", cost_nano=0, tokens=(0, 0, 0, 0, 0))
    text = command.answer("", db, NOW_MS, look=draw.Look(80))
    rows = [re.split("  +", line) for line in text.splitlines() if " %  " in line]
    calls = {row[0]: row[3] for row in rows}
    assert calls["(stopped, refused)"] == "1"
    assert calls["main loop"] == "2"
    assert "(stopped, refused)" in command.answer("models", db, NOW_MS)


@pytest.mark.parametrize(
    ("model", "nano", "shown"),
    [("<synthetic>", 0, "(stopped, refused)"), ("claude-opus-5-5", NANO // 100, "opus-5-5")],
)
def test_a_sessions_model_is_that_of_its_main_loop(
    db: sqlite3.Connection, model: str, nano: int, shown: str
) -> None:
    """Not of its checks, be they dearer; of a run that was refused it is none."""
    number = ledgers.add_session(db, "741ae628-1", "/p", TODAY, TODAY)
    ledgers.add_call(db, "a", TODAY, session=number, model=model, cost_nano=nano)
    helper, check = schema.HELPER, "claude-sonnet-5"
    ledgers.add_call(db, "b", TODAY, session=number, model=check, source=helper)
    text = command.answer("sessions", db, NOW_MS, look=draw.Look(100))
    assert shown in text
    assert "sonnet" not in text


def test_a_year_without_calls_has_no_empty_months(db: sqlite3.Connection) -> None:
    """It says so, and where there are some."""
    ledgers.add_call(db, "a", TODAY)
    text = command.answer("2025", db, NOW_MS)
    assert "2025-01 " not in text
    assert "no calls here; the ledger" in text


def test_subagents_and_sources_are_views(db: sqlite3.Connection) -> None:
    """`agents` and `sources`, or as people say them, have a line each, and their shares are 100."""
    ledgers.add_call(db, "a", TODAY, cost_nano=2 * NANO)
    ledgers.add_call(db, "b", TODAY, source=schema.SUBAGENT, cost_nano=NANO)
    for words in ("agents", "subagents all", "by agent"):
        text = command.answer(words, db, NOW_MS)
        assert "main loop   " in text, words
        assert " 67 %" in text
        assert " 33 %" in text
    for words in ("sources", "source week"):
        assert "main loop   " in command.answer(words, db, NOW_MS), words


@pytest.mark.parametrize("view", ["", "projects"])
@pytest.mark.parametrize("below", ["", "/src"])
def test_the_project_one_sits_in_is_not_folded(
    db: sqlite3.Connection, view: str, below: str
) -> None:
    """However little it cost: who asks from within sees its row, and the rest is still the rest."""
    for n in range(60):
        ledgers.add_call(db, f"m{n}", TODAY, project=f"/u/p{n}", cost_nano=(100 - n) * NANO)
    folded = command.answer(view, db, NOW_MS, cwd="/elsewhere")
    assert "/u/p58" not in folded
    text = command.answer(view, db, NOW_MS, cwd=f"/u/p58{below}")
    [row] = [line for line in text.splitlines() if line.startswith("/u/p58 ")]
    assert "$42.00" in row
    [before] = re.findall(r"(\d+) more projects +\$([\d.,]+)", folded)
    [after] = re.findall(r"(\d+) more projects +\$([\d.,]+)", text)
    assert int(before[0]) - int(after[0]) == 1
    assert float(before[1].replace(",", "")) - float(after[1].replace(",", "")) == 42
    assert len(command.answer("", db, NOW_MS, cwd="/u/p58").splitlines()) < 40


def test_shares_of_one_whole_are_a_hundred(db: sqlite3.Connection) -> None:
    """Parts that would each round up do not add up to 101, folded ones among them."""
    for n, part in enumerate((335, 331, 196, 100, *[7] * 4, *[5] * 2)):
        ledgers.add_call(db, f"m{n}", TODAY, project=f"/u/p{n}", cost_nano=part * NANO)
    rows = [line for line in command.answer("", db, NOW_MS).splitlines() if " %" in line]
    assert rows[-1].startswith("6 more projects")
    assert sum(int(row.split(" %")[0].split()[-1]) for row in rows[-5:]) == 100


def test_subagents_without_a_transcript_are_named_in_their_view(db: sqlite3.Connection) -> None:
    """A history that has only who sent them out: how many, and that no sum has them."""
    ledgers.add_call(db, "m1", TODAY)
    ledgers.add_dispatch(db, "t1", TODAY, agent_type="Explore", action="", status="ok")
    shown = " ".join(command.answer("agents", db, NOW_MS).split())
    assert "1 subagent was sent out, but no transcript of it is there" in shown
    assert "what these cost is in no sum" in shown


def test_a_question_is_told_where_to_ask_it(full: sqlite3.Connection) -> None:
    """More words than a view and a span have are no list of views to choose from."""
    for question in ("why is it so dear", "what did I spend on lunch", "dear?"):
        said = command.answer(question, full, NOW_MS)
        assert "a question goes to the model without it" in said, question
    assert "there are models" in command.answer("no such view", full, NOW_MS)


def test_a_line_that_has_no_room_goes_on_below_its_figure(db: sqlite3.Connection) -> None:
    """Of the head's figures: not under their names."""
    report = costs.build(db, NOW_MS)
    report.dispatched, report.routed = 1, 1
    lines = screen.render(report, draw.Look(50)).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("Routed"))
    assert lines[at + 1].startswith(" " * 12)


def test_a_path_that_fits_beside_a_longer_one_is_whole() -> None:
    """The column is as wide as the longest that could not be shortened further."""
    rows = [("a", f"/home/user/{name}", "t" * 40) for name in ("map", "some-evaluator-of-texts")]
    drawn = draw.table(("Session", "Project", "Title"), rows, draw.Look(70), cuttable="Title")
    assert "/home/user/map" in drawn[1]
    assert "/home/user/some" not in drawn[2]


def test_stopped_requests_are_no_model_among_the_rest(db: sqlite3.Connection) -> None:
    """They have a line of their own below the one of what is left out."""
    for n in range(9):
        ledgers.add_call(db, f"m{n}", TODAY, model=f"claude-opus-{n}", cost_nano=NANO // 10**n)
    ledgers.add_call(db, "s", TODAY, model="<synthetic>", cost_nano=0, tokens=(0, 0, 0, 0, 0))
    lines = command.answer("", db, NOW_MS).splitlines()
    (at,) = (n for n, line in enumerate(lines) if line.startswith("5 more models  "))
    assert lines[at + 1].startswith("(stopped, refused)  ")
