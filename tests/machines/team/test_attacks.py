"""A member with a prompt of the database: what is not theirs to move, to see or to outlast."""

from __future__ import annotations

import copy
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from cheaproute.cap.shared import lease
from cheaproute.errors import CheaprouteError
from cheaproute.ledger import store
from cheaproute.machines import identity
from cheaproute.machines.team import admin, connection, member, policy, telling, work
from tests.machines.team.test_team import NANO, Laptop, Owner
from tests.machines.team.test_team import now_ms as now_ms  # noqa: PLC0414
from tests.machines.team.test_team import owner as owner  # noqa: PLC0414

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("postgresql")]

MONTH_MS = 31 * 86_400_000
BEFORE = Path(__file__).with_name("schema_1.sql")
ROW = '["r", 1, "m", "main", "", 1, 0, 0, 0, 0, 0, 5]'


@contextmanager
def prompt(laptop: Laptop) -> Iterator[admin.Db]:
    """The member's own connection, for any statement."""
    with connection.connect(laptop.url, password=laptop.password) as db:
        yield db


def as_before(owner: Owner) -> None:
    """The team's tables as version 1 made them."""
    owner.db.execute("DROP SCHEMA cheaproute CASCADE")
    owner.db.execute("CREATE SCHEMA cheaproute")
    owner.db.execute(BEFORE.read_bytes())
    owner.db.execute(
        "CREATE TABLE cheaproute.version(number integer NOT NULL);"
        "INSERT INTO cheaproute.version VALUES (1);"
        "GRANT SELECT ON cheaproute.version TO cheaproute_member"
    )


def functions(owner: Owner) -> list[str]:
    """Every function of the schema, with what it is called with."""
    rows = owner.db.execute(
        "SELECT oid::regprocedure::text FROM pg_proc "
        "WHERE pronamespace = 'cheaproute'::regnamespace"
    )
    return sorted(str(name) for (name,) in rows)


@pytest.mark.parametrize("renewed", [False, True])
@pytest.mark.parametrize("name", ["jsonb", "text", "timestamptz", "record", "name", "float8"])
def test_types_of_a_members_own_run_nothing_as_the_owner(
    owner: Owner, tmp_path: Path, name: str, *, renewed: bool
) -> None:
    """A type that hides a system's, whose check raises the cap: the functions do not find it."""
    if renewed:
        as_before(owner)
        assert admin.init(owner.db) == 1
    owner.cap(1)
    ada = Laptop(owner, tmp_path, "m_ada")
    base = "text" if name == "record" else name
    machine = identity.this(ada.env, ()).id
    with prompt(ada) as db:
        db.execute(
            f"CREATE FUNCTION pg_temp.f(x pg_catalog.{base}) RETURNS bool LANGUAGE plpgsql"  # noqa: S608
            " AS $$ BEGIN UPDATE cheaproute.cap SET limit_nano = 9; RETURN true; END $$"
        )
        db.execute(f"CREATE DOMAIN pg_temp.{name} AS pg_catalog.{base} CHECK (pg_temp.f(VALUE))")
        for call in (
            f"SELECT cheaproute.report('{machine}', 'x', '[{ROW}]'::pg_catalog.jsonb)",
            f"SELECT * FROM cheaproute.take('{machine}', 'x', '', 7)",  # noqa: S608
            f"SELECT cheaproute.release('{machine}')",
        ):
            db.execute(call)
        db.execute("CREATE TEMP TABLE policy(one bool); CREATE TEMP TABLE pg_roles(rolname int)")
        assert db.execute("SELECT cheaproute.me()").fetchone()
    assert owner.db.execute("SELECT limit_nano FROM cheaproute.cap").fetchall() == [(NANO,)]


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_older_view_of_the_budget_shares_nothing_out(
    owner: Owner, tmp_path: Path, level: str
) -> None:
    """A transaction begun before another's lease would not see it, and take the same dollars."""
    owner.cap(1)
    ada, bob = Laptop(owner, tmp_path, "m_ada"), Laptop(owner, tmp_path, "m_bob")
    taken = "SELECT nano FROM cheaproute.take(%s, 'x', '', %s)"
    with prompt(ada) as db, prompt(bob) as other:
        db.execute(f"BEGIN ISOLATION LEVEL {level}")
        db.execute("SELECT cheaproute.me()")
        first = other.execute(taken, (identity.this(bob.env, ()).id, NANO)).fetchone()
        assert first == (NANO,)
        with pytest.raises(psycopg.Error, match="READ COMMITTED"):
            db.execute(taken, (identity.this(ada.env, ()).id, NANO))
        db.execute("ROLLBACK")
    assert owner.db.execute("SELECT sum(nano) FROM cheaproute.lease").fetchone() == (NANO,)


def test_a_members_rights_are_these_and_no_others(owner: Owner, tmp_path: Path) -> None:
    """Of each table, view and function of the schema, by the server's own word."""
    Laptop(owner, tmp_path, "m_ada")
    may = "has_table_privilege('m_ada', oid, '{}')"
    words = ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
    rows = owner.db.execute(
        f"SELECT relname, {may.format('SELECT')}, {' OR '.join(map(may.format, words))} "  # noqa: S608
        "FROM pg_class WHERE relnamespace = 'cheaproute'::regnamespace "
        "AND relkind IN ('r', 'v', 'm', 'p', 'f')"
    ).fetchall()
    seen = {"call", "person", "policy", "version", "spend_by_day", "spend_by_person"}
    assert {name for name, read, _ in rows if read} == seen
    assert {name for name, _, written in rows if written} == set()
    called = owner.db.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'cheaproute'::regnamespace "
        "AND has_function_privilege('m_ada', oid, 'EXECUTE')"
    ).fetchall()
    assert {name for (name,) in called} == {"report", "take", "release", "me"}
    paths = owner.db.execute(
        "SELECT DISTINCT proconfig FROM pg_proc WHERE pronamespace = 'cheaproute'::regnamespace"
    ).fetchall()
    assert paths == [(["search_path=pg_catalog, pg_temp"],)]
    row = owner.db.execute(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, has_schema_privilege('m_ada', "
        "'cheaproute', 'CREATE'), pg_has_role('m_ada', 'owner', 'MEMBER') FROM pg_roles "
        "WHERE rolname = 'm_ada'"
    ).fetchone()
    assert row == (False,) * 6


@pytest.mark.parametrize("table", ["call", "person", "spend_by_day", "spend_by_person"])
def test_a_filter_of_a_members_own_sees_no_hidden_row(
    owner: Owner, tmp_path: Path, now_ms: int, table: str
) -> None:
    """It is asked after the policy, however cheap it says it is; nor do errors tell."""
    ada, bob = Laptop(owner, tmp_path, "m_ada"), Laptop(owner, tmp_path, "m_bob")
    for laptop in (ada, bob):
        laptop.spend(f"msg_{laptop.env['CHEAPROUTE_HOME'][-3:]}", 1, now_ms)
        laptop.round(now_ms)
    told: list[str] = []
    with prompt(ada) as db:
        db.add_notice_handler(lambda said: told.append(str(said.message_primary)))
        db.execute(
            "CREATE FUNCTION pg_temp.leak(x text) RETURNS bool LANGUAGE plpgsql COST 0.0000001 "
            "AS $$ BEGIN RAISE NOTICE '%', x; RETURN true; END $$"
        )
        for way in ("", "SET enable_seqscan = off", "SET row_security = on"):
            db.execute(way or "SELECT 1")
            rows = db.execute(
                f"SELECT t::text FROM cheaproute.{table} t WHERE pg_temp.leak(t::text)"  # noqa: S608
            )
            assert len(rows.fetchall()) == 1
        fails = "1 / (length(t::text) - length(t::text))"
        for word in ("m_bob", "msg_bob"):
            hidden = f"SELECT {fails} FROM cheaproute.{table} t WHERE t::text LIKE '%{word}%'"  # noqa: S608
            assert db.execute(hidden).fetchall() == []
        with pytest.raises(psycopg.Error, match="row-level security"):
            db.execute("SET row_security = off; SELECT * FROM cheaproute.call")
    assert told
    assert not [line for line in told if "bob" in line]


@pytest.mark.parametrize("role", ["owner", "m_bob", "cheaproute_member", "pg_read_all_data"])
def test_another_role_is_not_to_be_had(owner: Owner, tmp_path: Path, role: str) -> None:
    """And the common one gives no more: who asks is who logged in."""
    ada = Laptop(owner, tmp_path, "m_ada")
    Laptop(owner, tmp_path, "m_bob")
    with prompt(ada) as db:
        if role == "cheaproute_member":
            db.execute("SET ROLE cheaproute_member")
            assert db.execute("SELECT name FROM cheaproute.person").fetchall() == [("m_ada",)]
            return
        for statement in (f"SET ROLE {role}", f"SET SESSION AUTHORIZATION {role}"):
            with pytest.raises(psycopg.Error):
                db.execute(statement)
        with pytest.raises(psycopg.Error):
            db.execute(f"GRANT {role} TO m_ada")


@pytest.mark.parametrize("off_ms", [-MONTH_MS, -2 * 3_600_000, 2 * 3_600_000])
def test_a_clock_set_elsewhere_gets_no_part(
    owner: Owner, tmp_path: Path, now_ms: int, off_ms: int
) -> None:
    """Its calls would be another month's: they are told, and its bound holds, open or not."""
    owner.cap(100)
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.spend("msg_1", 50, now_ms + off_ms)
    with pytest.raises(CheaprouteError, match=r"clock is \d+\.\d hours off"):
        ada.round(now_ms + off_ms)
    held = lease.read(ada.env["CHEAPROUTE_HOME"])
    assert held is not None
    assert [part.nano for part in held.parts.values()] == [0]
    assert held.hold_ms > 0
    assert owner.spent() == 50 * NANO
    assert ada.round(now_ms).rows == 0


def test_calls_of_a_clock_that_was_ahead_hold_up_nothing(
    owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """They count as of now, in the month that pays for them, and so do those beside them."""
    owner.cap(100)
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.spend("msg_1", 2, now_ms + 2 * MONTH_MS)
    ada.spend("msg_2", 3, now_ms)
    assert ada.round(now_ms).rows == 2
    rows = owner.db.execute(
        "SELECT nano FROM cheaproute.spent WHERE scope = 'team' AND period = 'month'"
    ).fetchall()
    assert rows == [(5 * NANO,)]
    assert owner.db.execute("SELECT max(ts) <= now() FROM cheaproute.call").fetchone() == (True,)


def test_who_comes_back_spends_on_the_same_machine(
    owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """Removed and added again: the machine is free, what was told before counts once."""
    owner.cap(100)
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.spend("msg_1", 2, now_ms)
    ada.round(now_ms)
    admin.remove(owner.db, "m_ada", delete=False)
    member.join(ada.env, ada.url, admin.add(owner.db, "m_ada"), projects=False)
    Path(ada.env["CHEAPROUTE_HOME"], telling.DATABASE).unlink()
    ada.spend("msg_2", 3, now_ms)
    assert ada.round(now_ms).rows == 1
    assert owner.spent() == 5 * NANO


@pytest.mark.parametrize("delete", [True, False])
def test_who_comes_back_is_not_told_of_twice(
    owner: Owner, tmp_path: Path, now_ms: int, *, delete: bool
) -> None:
    """The team's sums stay when a member goes, with or without the rows."""
    owner.cap(100)
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.spend("msg_1", 2, now_ms)
    ada.round(now_ms)
    admin.remove(owner.db, "m_ada", delete=delete)
    member.join(ada.env, ada.url, admin.add(owner.db, "m_ada"), projects=False)
    assert ada.round(now_ms).rows == 0
    ada.spend("msg_2", 3, now_ms)
    assert ada.round(now_ms).rows == 1
    rows = owner.db.execute(
        "SELECT nano FROM cheaproute.spent WHERE scope = 'team' AND period = 'month'"
    ).fetchall()
    assert rows == [(5 * NANO,)]


def test_who_is_removed_while_asking_gets_nothing(owner: Owner, tmp_path: Path) -> None:
    """The answer waits for the budget's lock, and then is that of a stranger."""
    owner.cap(100)
    ada = Laptop(owner, tmp_path, "m_ada")
    machine = identity.this(ada.env, ()).id
    said: list[str] = []

    def ask() -> None:
        with prompt(ada) as db:
            begun.set()
            try:
                db.execute("SELECT cheaproute.take(%s, 'x', '', 5)", (machine,))
            except psycopg.Error as error:
                said.append(str(error))

    begun = threading.Event()
    thread = threading.Thread(target=ask)
    with owner.db.transaction():
        owner.db.execute("SELECT cheaproute.lock_budget()")
        thread.start()
        assert begun.wait(60)
        waits = (
            "SELECT 1 FROM pg_stat_activity WHERE usename = 'm_ada' AND wait_event_type = 'Lock'"
        )
        while owner.db.execute(waits).fetchone() is None:
            assert thread.is_alive()
        admin.remove(owner.db, "m_ada", delete=False)
    thread.join()
    assert "not a member" in said[0] or "invalid role" in said[0]
    assert owner.db.execute("SELECT count(*) FROM cheaproute.lease").fetchone() == (0,)


def test_a_role_that_others_need_stays_and_is_locked(
    owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """PostgreSQL drops none that has rights elsewhere: no login is left all the same."""
    ada = Laptop(owner, tmp_path, "m_ada")
    owner.db.execute("CREATE TABLE IF NOT EXISTS public.grafana(x int)")
    owner.db.execute("GRANT SELECT ON public.grafana TO m_ada")
    try:
        assert admin.remove(owner.db, "m_ada", delete=True) == (0, True)
        with pytest.raises(CheaprouteError, match="not permitted to log in"):
            ada.round(now_ms)
    finally:
        owner.db.execute("DROP TABLE public.grafana")


def test_tables_of_an_earlier_version_are_brought_up_to_date(
    owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """Rows, members, caps and leases stay; only what runs is made anew, and as `init` makes it."""
    whole = functions(owner)
    as_before(owner)
    ada = Laptop(owner, tmp_path, "m_ada")
    owner.cap(7)
    ada.spend("msg_1", 2, now_ms)
    ada.round(now_ms)
    shown = policy.read(owner.db)
    assert [admin.init(owner.db), admin.init(owner.db)] == [1, admin.VERSION]
    assert functions(owner) == whole
    assert policy.read(owner.db) == shown
    ada.spend("msg_2", 1, now_ms)
    assert ada.round(now_ms).rows == 1
    assert owner.spent() == 3 * NANO


def test_a_schema_that_is_somebody_elses_is_not_used(owner: Owner) -> None:
    """Who owns it could put functions of their own in the place of ours."""
    owner.db.execute("DROP SCHEMA cheaproute CASCADE")
    owner.db.execute("CREATE ROLE m_odd; CREATE SCHEMA cheaproute AUTHORIZATION m_odd")
    with pytest.raises(CheaprouteError, match="the schema cheaproute is m_odd's"):
        admin.init(owner.db)
    owner.db.execute("DROP SCHEMA cheaproute")


def test_what_is_left_of_a_part_is_given_back(owner: Owner, tmp_path: Path, now_ms: int) -> None:
    """Who leaves tells what was spent, and holds nothing any more."""
    owner.cap(100)
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.round(now_ms)
    ada.spend("msg_1", 2, now_ms)
    joined = member.of(ada.env)
    assert joined is not None
    with closing(store.connect(ada.ledger())) as ledger, member.connect(ada.env, joined) as db:
        assert work.end(ada.env, ledger, db, identity.this(ada.env, ()), joined) == 1
    assert owner.spent() == 2 * NANO
    assert owner.db.execute("SELECT count(*) FROM cheaproute.lease").fetchone() == (0,)


def test_who_leaves_beside_a_round_holds_nothing(
    owner: Owner, tmp_path: Path, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither here nor at the server, though the round took a part after it was given back."""
    owner.cap(100)
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.round(now_ms)
    joined = member.of(ada.env)
    assert joined is not None
    real = work.take

    def late(*words: object, **more: object) -> lease.Lease:
        with closing(store.connect(ada.ledger())) as ledger, member.connect(ada.env, joined) as db:
            work.end(ada.env, ledger, db, identity.this(ada.env, ()), joined)
        return real(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "take", late)
    with pytest.raises(CheaprouteError, match="left the team meanwhile"):
        ada.round(now_ms)
    assert owner.db.execute("SELECT count(*) FROM cheaproute.lease").fetchone() == (0,)
    assert lease.read(ada.env["CHEAPROUTE_HOME"]) is None
    assert member.of(ada.env) is None


@pytest.mark.parametrize("spelt", ["LocalHost", "127.0.0.1"])
def test_the_password_is_found_again_however_the_url_is_spelt(
    owner: Owner, tmp_path: Path, now_ms: int, spelt: str
) -> None:
    """Capital letters, an encoded sign: libpq looks for it by the words it was given."""
    ada = Laptop(owner, tmp_path, "m_ada")
    url = ada.url.replace("127.0.0.1", spelt).replace("m_ada", "m%5Fada")
    member.join(ada.env, url, ada.password, projects=False)
    ada.round(now_ms)


def test_two_homes_of_a_member_are_one_person(owner: Owner, tmp_path: Path, now_ms: int) -> None:
    """A copied home is another machine of the same person: no dollar twice, no call twice."""
    owner.cap(1, "person", "m_ada")
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.spend("msg_1", 0.25, now_ms)
    ada.round(now_ms)
    home = Path(ada.env["CHEAPROUTE_HOME"])
    shutil.copytree(home, home.with_name("copy"))
    again = copy.copy(ada)
    again.env = {**ada.env, "CHEAPROUTE_HOME": str(home.with_name("copy"))}
    assert identity.this(again.env, ()).id != identity.this(ada.env, ()).id
    again.spend("msg_2", 0.25, now_ms)
    parts = [laptop.round(now_ms).lease.part("").nano for laptop in (again, ada)]
    assert owner.spent() == NANO // 2
    assert sum(parts) == NANO // 2
    home.joinpath(lease.FILE).unlink()
    held = lease.read(str(home))
    assert held is not None
    assert held.out_of_touch == "open"
    assert not held.live("2026-11")
