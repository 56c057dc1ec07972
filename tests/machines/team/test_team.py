"""A team's budget: rows once, leases that never pass the cap, roles that may do little."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from cheaproute.cap.shared import lease
from cheaproute.errors import CheaprouteError, UsageError
from cheaproute.ledger import intern, store
from cheaproute.ledger.calls import record
from cheaproute.ledger.schema import MAIN
from cheaproute.machines import identity
from cheaproute.machines.team import admin, connection, member, policy, sizing, spend, telling, work
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.conftest import ROOT
from tests.machines.team.conftest import OWNER_PASSWORD, Server

pytestmark = pytest.mark.long

PRICES = prices.load({})
NANO = 1_000_000_000
TOKENS = 250_000  # of Opus 5.5's input: a dollar


class Owner:
    """The team's owner, with an open connection."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.db = connection.connect(server.url("owner"), password=OWNER_PASSWORD)
        self.db.execute("DROP SCHEMA IF EXISTS cheaproute CASCADE")
        for (role,) in self.db.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'm\\_%'"
        ).fetchall():
            self.db.execute(f"DROP ROLE {role}")
        admin.init(self.db)

    def cap(self, usd: float, scope: str = "team", key: str = "", **more: object) -> None:
        """The policy with one cap by the month."""
        caps = [{"scope": scope, "key": key, "period": "month", "usd": usd}]
        policy.write(self.db, {**policy.read(self.db), "caps": caps, **more})

    def spent(self) -> int:
        """What the team spent, by its rows."""
        row = self.db.execute("SELECT coalesce(sum(cost_nano), 0) FROM cheaproute.call").fetchone()
        return int(str(row[0])) if row else 0


class Laptop:
    """A member's machine."""

    def __init__(self, owner: Owner, place: Path, name: str, *, projects: bool = False) -> None:
        self.env = {"HOME": str(place), "CHEAPROUTE_HOME": str(place / name)}
        place.mkdir(parents=True, exist_ok=True)
        self.password = admin.add(owner.db, name)
        self.url = owner.server.url(name)
        (place / name).mkdir(parents=True)
        member.join(self.env, self.url, self.password, projects=projects)

    def ledger(self) -> str:
        """The ledger's path."""
        return str(Path(self.env["CHEAPROUTE_HOME"]) / "ledger.db")

    def spend(self, name: str, usd: float = 1, now_ms: int = 0, cwd: int = 0) -> None:
        """One call."""
        with closing(store.connect(self.ledger())) as db:
            call = Call(name, now_ms, "claude-opus-5-5", input=round(TOKENS * usd))
            record.put(db, call, source=MAIN, prices=PRICES, project_id=cwd)

    def round(self, now_ms: int) -> work.Told:
        """One round with the server."""
        joined = member.of(self.env)
        assert joined is not None
        with (
            closing(store.connect(self.ledger())) as ledger,
            member.connect(self.env, joined) as db,
        ):
            return work.run(self.env, ledger, db, identity.this(self.env, ()), joined, now_ms)


@pytest.fixture
def owner(server: Server) -> Iterator[Owner]:
    """A fresh team."""
    one = Owner(server)
    yield one
    one.db.close()


@pytest.fixture
def now_ms(owner: Owner) -> int:
    """The server's time."""
    row = owner.db.execute("SELECT (extract(epoch FROM now()) * 1000)::bigint").fetchone()
    assert row
    return int(str(row[0]))


def test_rows_count_once_and_leave_the_lease(owner: Owner, tmp_path: Path, now_ms: int) -> None:
    """What is told is spent and no longer held; told twice it counts once."""
    owner.cap(100)
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.round(now_ms)
    ada.spend("msg_1", 3, now_ms)
    assert ada.round(now_ms).rows == 1
    Path(ada.env["CHEAPROUTE_HOME"], telling.DATABASE).unlink()  # its memory of what was told
    assert ada.round(now_ms).rows == 0
    assert owner.spent() == 3 * NANO


def test_an_open_call_marks_its_person_s_sum(owner: Owner, tmp_path: Path, now_ms: int) -> None:
    """Until its end is told, though that changes no sum; tables of before know of none."""
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.spend("msg_1", 1, now_ms)
    with closing(store.connect(ada.ledger())) as db:
        db.execute("UPDATE call SET final = 0")
    ada.round(now_ms)
    joined = member.of(ada.env)
    assert joined is not None
    with member.connect(ada.env, joined) as db:
        assert [sums.lower_bound for _, sums in spend.by_person(db, 0, now_ms + 1)] == [True]
        owner.db.execute("UPDATE cheaproute.version SET number = 3")
        assert [sums.lower_bound for _, sums in spend.by_person(db, 0, now_ms + 1)] == [False]
        owner.db.execute("UPDATE cheaproute.version SET number = 4")
        with closing(store.connect(ada.ledger())) as own:
            own.execute("UPDATE call SET final = 1")
        assert ada.round(now_ms).rows == 0
        assert [sums.lower_bound for _, sums in spend.by_person(db, 0, now_ms + 1)] == [False]
    assert owner.spent() == NANO


def test_a_call_that_grew_is_told_again_by_the_difference(
    owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """The kept sums are those of the rows."""
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.spend("msg_1", 1, now_ms)
    ada.round(now_ms)
    ada.spend("msg_1", 4, now_ms)
    ada.round(now_ms)
    row = owner.db.execute(
        "SELECT nano FROM cheaproute.spent WHERE scope = 'team' AND period = 'month'"
    ).fetchone()
    assert row == (4 * NANO,)
    assert owner.spent() == 4 * NANO


def test_a_server_that_was_put_back_hears_all_again(
    owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """From last night's backup: what was told since is told anew, once, and counts for the caps."""
    owner.cap(10)
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.spend("msg_1", 2, now_ms)
    ada.round(now_ms)
    backup = owner.db.execute("SELECT nano, scope, name FROM cheaproute.spent").fetchall()
    ada.spend("msg_2", 3, now_ms)
    ada.round(now_ms)
    owner.db.execute("DELETE FROM cheaproute.call WHERE id = 'msg_2'")
    back = "UPDATE cheaproute.spent SET nano = %s WHERE (scope, name) = (%s, %s)"
    for before in backup:
        owner.db.execute(back, before)
    assert [ada.round(now_ms).rows, ada.round(now_ms).rows] == [1, 0]
    assert owner.spent() == 5 * NANO
    row = owner.db.execute(
        "SELECT nano FROM cheaproute.spent WHERE scope = 'team' AND period = 'month'"
    ).fetchone()
    assert row == (5 * NANO,)


def test_leases_never_pass_the_cap(owner: Owner, tmp_path: Path, now_ms: int) -> None:
    """Ten machines want a dollar each of six: the sum of what they hold is six."""
    owner.cap(6)
    laptops = [Laptop(owner, tmp_path / str(n), f"m_{n}") for n in range(10)]
    for laptop in laptops:
        laptop.spend(f"{laptop.url}", 0, now_ms)
    found: list[int] = []

    def take(laptop: Laptop) -> None:
        found.append(laptop.round(now_ms).lease.part("").nano)

    threads = [threading.Thread(target=take, args=(laptop,)) for laptop in laptops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == min(6 * NANO, 10 * sizing.LEAST_NANO)
    row = owner.db.execute("SELECT sum(nano) FROM cheaproute.lease").fetchone()
    assert row is not None
    assert int(str(row[0])) <= 6 * NANO


def test_at_the_cap_nothing_is_left_and_the_cap_is_named(
    owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """A person's own cap beats the one for each; the lease says which is full."""
    owner.cap(2, "person", "m_ada")
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.spend("msg_1", 5, now_ms)
    held = ada.round(now_ms).lease
    assert (held.part("").nano, held.full_cap) == (0, "person month")


def test_a_project_with_a_cap_has_a_part_of_its_own(
    owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """Only for who tells names of projects; calls elsewhere spend the general part."""
    owner.cap(0.3, "project", "shop")
    ada = Laptop(owner, tmp_path, "m_ada", projects=True)
    with closing(store.connect(ada.ledger())) as db:
        db.execute("INSERT INTO project(id, path) VALUES(7, '/home/ada/shop')")
    held = ada.round(now_ms).lease
    assert held.part("shop").nano == round(0.3 * NANO)
    assert held.part("other").nano == sizing.LEAST_NANO
    ada.spend("msg_1", 0.2, now_ms, cwd=7)
    assert ada.round(now_ms).lease.part("shop").nano == round(0.1 * NANO)


def test_a_member_may_call_three_functions_and_nothing_else(
    owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """Neither write a table, nor read another's rows, nor speak for another's machine."""
    ada, bob = Laptop(owner, tmp_path, "m_ada"), Laptop(owner, tmp_path, "m_bob")
    bob.spend("msg_b", 1, now_ms)
    bob.round(now_ms)
    machine = identity.this(bob.env, ()).id
    with connection.connect(ada.url, password=ada.password) as db:
        assert db.execute("SELECT count(*) FROM cheaproute.call").fetchone() == (0,)
        assert db.execute("SELECT name FROM cheaproute.person").fetchall() == [("m_ada",)]
        for statement in (
            "INSERT INTO cheaproute.call SELECT * FROM cheaproute.call",
            "UPDATE cheaproute.policy SET at_cap = 'warn'",
            "UPDATE cheaproute.cap SET limit_nano = 9",
            "DELETE FROM cheaproute.lease",
            "SELECT * FROM cheaproute.lease",
            "SELECT * FROM cheaproute.spent",
            "DELETE FROM cheaproute.call",
            "SELECT cheaproute.lock_budget()",
            f"SELECT cheaproute.my_machine('{machine}', 'x', 1)",
            f"SELECT cheaproute.report('{machine}', 'x', '[]')",
            f"SELECT cheaproute.take('{machine}', 'x', '', 1)",
            "CREATE TABLE cheaproute.mine(x int)",
            "ALTER FUNCTION cheaproute.take RENAME TO took",
        ):
            with pytest.raises(psycopg.Error):
                db.execute(statement)
        db.execute("SELECT cheaproute.release(%s)", (machine,))
    assert owner.db.execute("SELECT count(*) FROM cheaproute.lease").fetchone() == (1,)


def test_others_are_shown_only_if_the_policy_says_so(
    owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """The views follow the same rule."""
    ada, bob = Laptop(owner, tmp_path, "m_ada"), Laptop(owner, tmp_path, "m_bob")
    bob.spend("msg_b", 1, now_ms)
    bob.round(now_ms)
    with connection.connect(ada.url, password=ada.password) as db:
        assert db.execute("SELECT count(*) FROM cheaproute.spend_by_person").fetchone() == (0,)
        assert spend.by_person(db, 0, now_ms + 1) == []
        owner.cap(10, see_others=True)
        ((name, sums),) = spend.by_person(db, 0, now_ms + 1)
        assert (name, sums.calls, sums.input, sums.cost_nano) == ("m_bob", 1, TOKENS, NANO)
        assert spend.by_person(db, 0, now_ms) == []
        row = db.execute("SELECT person, usd FROM cheaproute.spend_by_person").fetchone()
        assert row is not None
        assert (row[0], float(str(row[1]))) == ("m_bob", 1.0)
    told = json.loads(said_by(ada, "costs", "--by", "person", "--json"))
    assert [row["person"] for row in told["by_person"]] == ["m_bob"]
    page = said_by(ada, "report", "--by", "person", "-o", "-")
    assert "m_bob" in page[page.index('id="people"') :]
    with pytest.raises(subprocess.CalledProcessError) as refused:
        said_by(ada, "costs", "--by", "person", "--project", str(tmp_path))
    assert refused.value.returncode == 2


def said_by(laptop: Laptop, *words: str) -> str:
    """What a command prints there."""
    command = [sys.executable, "-m", "cheaproute", *words]
    done = subprocess.run(
        command, env=laptop.env, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_batch_moves_every_kept_sum_once(owner: Owner, tmp_path: Path, now_ms: int) -> None:
    """Rows of several days, projects and both leases in one statement: kept sums are the rows'."""
    owner.cap(50, "project", "shop")
    ada = Laptop(owner, tmp_path, "m_ada", projects=True)
    with closing(store.connect(ada.ledger())) as db:
        shop = intern.project_id(db, "/home/ada/shop")
    for number in range(12):
        then = now_ms - number % 3 * 86_400_000
        ada.spend(f"msg_{number}", 1, then, cwd=shop * (number % 2))
    ada.round(now_ms)
    rows = owner.db.execute(
        "SELECT (SELECT sum(nano) FROM cheaproute.spent WHERE scope = s.scope AND period = 'day'), "
        "(SELECT sum(nano) FROM cheaproute.spent WHERE scope = s.scope AND period = 'week') "
        "FROM (VALUES ('team'), ('person'), ('project')) s(scope)"
    ).fetchall()
    assert rows == [(12 * NANO, 12 * NANO), (12 * NANO, 12 * NANO), (6 * NANO, 6 * NANO)]
    held = lease.read(ada.env["CHEAPROUTE_HOME"])
    assert held is not None
    assert set(held.parts) == {"", "shop"}

    def held_there() -> dict[str, int]:
        rows = owner.db.execute("SELECT project, nano FROM cheaproute.lease").fetchall()
        return {str(project): int(str(nano)) for project, nano in rows}

    before = held_there()
    ada.spend("msg_more", 0.25, now_ms, cwd=shop)
    ada.spend("msg_less", 0.125, now_ms)
    joined = member.of(ada.env)
    assert joined is not None
    with (
        closing(store.connect(ada.ledger())) as ledger,
        member.connect(ada.env, joined) as there,
        closing(telling.kept(ada.env)) as kept,
    ):
        telling.tell(ledger, kept, there, identity.this(ada.env, ()), joined)
    after = held_there()
    assert (before["shop"] - after["shop"], before[""] - after[""]) == (NANO // 4, NANO // 8)


@pytest.mark.parametrize("delete", [False, True])
def test_who_leaves_keeps_no_name(
    owner: Owner, tmp_path: Path, now_ms: int, *, delete: bool
) -> None:
    """The login ends at once; rows stay nameless or go; the team's sum stays."""
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.spend("msg_1", 2, now_ms)
    ada.round(now_ms)
    assert admin.remove(owner.db, "m_ada", delete=delete) == (1, False)
    assert owner.spent() == (0 if delete else 2 * NANO)
    assert owner.db.execute(
        "SELECT nano FROM cheaproute.spent WHERE scope = 'team' AND period = 'month'"
    ).fetchone() == (2 * NANO,)
    assert "m_ada" not in json.dumps(owner.db.execute("SELECT * FROM cheaproute.person").fetchall())
    with pytest.raises(CheaprouteError):
        ada.round(now_ms)


def test_a_server_that_is_killed_in_between_loses_and_doubles_nothing(
    owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """The lease at hand stays as it was; after the restart each row is there once."""
    ada = Laptop(owner, tmp_path, "m_ada")
    for number in range(5):
        ada.spend(f"msg_{number}", 1, now_ms)
    ada.round(now_ms)
    before = lease.read(ada.env["CHEAPROUTE_HOME"])
    ada.spend("msg_9", 1, now_ms)
    owner.server.stop("immediate")
    with pytest.raises(CheaprouteError):
        ada.round(now_ms)
    after = lease.read(ada.env["CHEAPROUTE_HOME"])
    assert before is not None
    assert after is not None
    assert after.taken_ms == before.taken_ms
    owner.server.start()
    ada.round(now_ms)
    with connection.connect(owner.server.url("owner"), password=OWNER_PASSWORD) as db:
        assert db.execute("SELECT count(*) FROM cheaproute.call").fetchone() == (6,)


def test_two_who_migrate_at_once_take_turns(owner: Owner) -> None:
    """One makes the schema, the other finds it."""
    owner.db.execute("DROP SCHEMA cheaproute CASCADE")
    found: list[int] = []

    def init() -> None:
        with connection.connect(owner.server.url("owner"), password=OWNER_PASSWORD) as db:
            found.append(admin.init(db))

    threads = [threading.Thread(target=init) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, *[admin.VERSION] * 3]


def test_the_policy_goes_out_and_in_again(owner: Owner) -> None:
    """What `policy` prints is what it takes; wrong values are named and change nothing."""
    owner.cap(40, at_cap="warn", out_of_touch="closed", lease_s=600)
    shown = policy.read(owner.db)
    policy.write(owner.db, shown)
    assert policy.read(owner.db) == shown
    for wrong in ({"at_cap": "x"}, {"lease_s": 5}, {"caps": [{"scope": "team"}]}):
        with pytest.raises(UsageError):
            policy.write(owner.db, {**shown, **wrong})
    assert policy.read(owner.db) == shown


def test_the_password_is_in_no_list_and_no_log(owner: Owner, tmp_path: Path, now_ms: int) -> None:
    """It lies in one file of the user's alone, and nowhere else on this machine."""
    owner.db.execute("SET log_statement = 'all'")
    ada = Laptop(owner, tmp_path, "m_ada")
    ada.round(now_ms)
    written = Path(owner.server.place, "log").read_text()
    assert 'CREATE ROLE "m_ada" LOGIN PASSWORD' in written
    assert ada.password not in written
    home = Path(ada.env["CHEAPROUTE_HOME"])
    holding = [path.name for path in home.iterdir() if ada.password.encode() in path.read_bytes()]
    assert holding == [member.PASSFILE]
    assert (home / member.PASSFILE).stat().st_mode & 0o777 == 0o600
    listed = subprocess.run(
        ["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True
    )
    assert ada.password not in listed.stdout
