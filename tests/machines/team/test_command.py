"""`cheaproute team` as its owner and its members type it, against a real server."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.config import platform
from cheaproute.context import Surroundings
from cheaproute.ledger import store
from cheaproute.ledger.calls import record
from cheaproute.ledger.schema import MAIN
from cheaproute.machines.team import admin, connection, turn
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.machines.team.conftest import OWNER_PASSWORD
from tests.machines.team.test_team import NANO, PRICES, TOKENS, Owner
from tests.machines.team.test_team import now_ms as now_ms  # noqa: PLC0414
from tests.machines.team.test_team import owner as owner  # noqa: PLC0414

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("postgresql")]

On = Callable[..., tuple[int, str, str]]
CAPS = '[[caps]]\nscope = "team"\nkey = ""\nperiod = "month"\nusd = 0.3\n'


@pytest.fixture
def on(
    owner: Owner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> On:
    """`on("ada", "status")`: (exit code, stdout, stderr) there; OWNER and ADA are URLs."""
    monkeypatch.delenv("PGPASSFILE", raising=False)
    monkeypatch.setattr("cheaproute.client.ancestry.whose_word", lambda _env, **_: "")

    def run(home: str, *words: str, typed: str = OWNER_PASSWORD) -> tuple[int, str, str]:
        monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / home))
        monkeypatch.setattr("sys.stdin", io.StringIO(typed + "\n"))
        urls = {"OWNER": owner.server.url("owner"), "ADA": owner.server.url("m_ada")}
        capsys.readouterr()
        code = main(["team", *(urls.get(word, word) for word in words)])
        out, err = capsys.readouterr()
        assert "bug" not in err
        assert "Traceback" not in err
        return code, out, err

    return run


def spend(tmp_path: Path, home: str, name: str, usd: float, now_ms: int) -> None:
    """A call on that machine."""
    with closing(store.connect(str(tmp_path / home / "ledger.db"))) as db:
        call = Call(name, now_ms, "claude-opus-5-5", input=round(TOKENS * usd))
        record.put(db, call, source=MAIN, prices=PRICES)


def test_a_team_s_life(on: On, owner: Owner, tmp_path: Path, now_ms: int) -> None:
    """Made twice, a policy out and in, joined, spent, left, joined again, removed."""
    owner.db.execute("DROP SCHEMA cheaproute CASCADE")
    assert "there is no team yet" in on("boss", "add", "m_ada", "--url", "OWNER")[2]
    assert "made the team's tables" in on("boss", "init", "OWNER")[2]
    assert "there already" in on("boss", "init", "OWNER")[2]
    text = on("boss", "policy", "--url", "OWNER")[1]
    assert "caps = []" in text
    file = tmp_path / "policy.toml"
    file.write_text(text.replace("caps = []", "") + CAPS)
    assert on("boss", "policy", str(file), "--url", "OWNER")[0] == 0
    assert "usd = 0.3" in on("boss", "policy", "--url", "OWNER")[1]
    password = on("boss", "add", "m_ada", "--url", "OWNER")[1].strip()
    code, out, _ = on("ada", "join", "ADA", typed=password)
    assert (code, "$0.30 may be spent" in out) == (0, True)
    assert re.search(r"^for 5\d min$", out, re.MULTILINE)
    spend(tmp_path, "ada", "msg_1", 0.25, now_ms)
    code, out, err = on("ada", "status")
    assert (code, "told 1 call" in err, "$0.05 may be spent" in out) == (0, True, True)
    spend(tmp_path, "ada", "msg_2", 0.25, now_ms)
    code, _, err = on("ada", "leave")
    assert "told 1 call, gave back what was left" in err
    assert owner.spent() == NANO // 2
    assert on("ada", "status")[0] == 1
    code, out, _ = on("ada", "join", "ADA", typed=password)
    assert "(team month) has no more" in out
    assert "2 rows kept without a name" in on("boss", "remove", "m_ada", "--url", "OWNER")[2]
    assert "no member of this team" in on("boss", "remove", "m_ada", "--url", "OWNER")[2]
    code, out, err = on("ada", "status")
    assert "m_ada" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CAPS.replace("caps", "cap"), "'cap' has no place"),
        (CAPS.replace("usd", "usdd"), "'usdd' has no place"),
        (CAPS.replace("0.3", "-1"), "usd from 0"),
        (CAPS.replace("0.3", "1e300"), "usd from 0"),
        (CAPS.replace("0.3", "nan"), "usd from 0"),
        (CAPS.replace("0.3", '"5"'), "usd from 0"),
        (CAPS.replace("month", "year"), "period"),
        (CAPS.replace('"team"', '"teem"'), "scope"),
        (CAPS.replace('key = ""', 'key = "ada"'), "no key"),
        (CAPS.replace('"team"', '"project"').replace('""', '"a/b"'), "directory alone"),
        (CAPS.replace('"team"', '"project"').replace('""', '"a\\u0000b"'), "NUL"),
        (CAPS + CAPS, "already"),
        ("", "[[caps]] is missing"),
        ("caps = 5", "[[caps]] is missing"),
        ("caps = [5]", "scope"),
        ("caps = [", ""),
    ],
)
def test_a_policy_that_is_none_changes_nothing(
    on: On, tmp_path: Path, text: str, said: str
) -> None:
    """It is refused in one line that names the place; the caps of before hold."""
    head = on("boss", "policy", "--url", "OWNER")[1].replace("caps = []\n", "")
    file = tmp_path / "policy.toml"
    file.write_text(head + CAPS)
    on("boss", "policy", str(file), "--url", "OWNER")
    before = on("boss", "policy", "--url", "OWNER")[1]
    file.write_text(head + text)
    code, _, err = on("boss", "policy", str(file), "--url", "OWNER")
    assert code in (1, 2)
    assert said in err
    assert len(err.splitlines()) == 1
    assert on("boss", "policy", "--url", "OWNER")[1] == before


@pytest.mark.parametrize(
    ("old", "new"),
    [('"block"', '"stop"'), ('"open"', "true"), ("false", "1"), ("3600", "3600.0"), ("3600", "5")],
)
def test_a_policy_of_other_words_changes_nothing(
    on: On, tmp_path: Path, old: str, new: str
) -> None:
    """Each word has its choices, and its kind."""
    before = on("boss", "policy", "--url", "OWNER")[1]
    assert old in before
    file = tmp_path / "policy.toml"
    file.write_text(before.replace(old, new))
    code, _, err = on("boss", "policy", str(file), "--url", "OWNER")
    assert (code, len(err.splitlines())) == (2, 1)
    assert on("boss", "policy", "--url", "OWNER")[1] == before


PRICED = "[prices.claude-opus-5-5]\ninput = 2.0\noutput = 10.0\n"


def test_what_models_cost_is_the_owner_s_word(
    on: On, owner: Owner, tmp_path: Path, now_ms: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the policy's prices each machine counts, over the user's own, while it is in the team."""
    text = on("boss", "policy", "--url", "OWNER")[1]
    assert "prices" not in text
    file = tmp_path / "policy.toml"
    for wrong in (PRICED.replace("output", "outptu"), PRICED.replace("10.0", "-1"), "prices = 5\n"):
        file.write_text(wrong + text if wrong.startswith("prices") else text + wrong)
        code, _, err = on("boss", "policy", str(file), "--url", "OWNER")
        assert (code, len(err.splitlines()), "prices" in err) == (2, 1, True)
    file.write_text(text + PRICED)
    assert on("boss", "policy", str(file), "--url", "OWNER")[0] == 0
    assert PRICED in on("boss", "policy", "--url", "OWNER")[1]
    home = tmp_path / "ada"
    home.mkdir()
    own = PRICED.replace("prices", "prices.overrides").replace("2.0", "9.0")
    spelled = own.replace("claude-opus", "Claude-Opus")
    (home / "config.toml").write_text(own + own.replace("opus-5-5", "of-mine") + spelled)
    on("ada", "join", "ADA", typed=admin.add(owner.db, "m_ada"))

    def cost() -> int | None:
        context = Surroundings({"CHEAPROUTE_HOME": str(home)})
        call = Call("msg_1", now_ms, "claude-opus-5-5", input=1000)
        assert context.prices.of("claude-of-mine") is not None
        return prices.cost_nano(call, context.prices)

    assert cost() == 2_000_000
    capsys.readouterr()
    assert main(["prices"]) == 0
    assert "your team's" in capsys.readouterr().out
    file.write_text(text)
    on("boss", "policy", str(file), "--url", "OWNER")
    on("ada", "status")
    assert cost() == 9_000_000
    file.write_text(text + PRICED)
    on("boss", "policy", str(file), "--url", "OWNER")
    on("ada", "status")
    assert cost() == 2_000_000
    joined = home / "team.json"
    whole = joined.read_text()
    for harmed in ("{", "[]", whole.replace("output", "x"), whole.replace("2.0", "-2.0")):
        joined.write_text(harmed)
        assert cost() == 9_000_000
    joined.write_text(whole)
    on("ada", "leave")
    assert cost() == 9_000_000


def test_odd_names_and_amounts_of_a_policy_are_kept(on: On, tmp_path: Path) -> None:
    """Names in any script, nothing and a billion; a name that is nobody's is said."""
    text = on("boss", "policy", "--url", "OWNER")[1].replace("caps = []\n", "")
    for scope, key, usd in (("project", "café ☕ 店'\\\"", "0"), ("person", "m_nobody", "1e9")):
        text += CAPS.replace('"team"', f'"{scope}"').replace('""', f'"{key}"').replace("0.3", usd)
    file = tmp_path / "policy.toml"
    file.write_text(text.replace("'\\\"", "'\\\\\\\""))
    code, _, err = on("boss", "policy", str(file), "--url", "OWNER")
    assert (code, err) == (0, "person 'm_nobody' has a cap and is no member yet\n")
    shown = on("boss", "policy", "--url", "OWNER")[1]
    assert "café ☕ 店" in shown
    file.write_text(shown)
    on("boss", "policy", str(file), "--url", "OWNER")
    assert on("boss", "policy", "--url", "OWNER")[1] == shown


@pytest.mark.parametrize("password", ["p@ss:w\\rd/?#%20", " both ends ", "pässwörd ☕", "'\"$(x)"])
def test_an_owner_s_password_may_have_any_sign(on: On, owner: Owner, password: str) -> None:
    """It is read from stdin as it is; a wrong one is one line that does not repeat it."""
    owner.db.execute("DROP ROLE IF EXISTS m_boss")
    from psycopg import sql

    owner.db.execute(
        sql.SQL("CREATE ROLE m_boss LOGIN SUPERUSER PASSWORD {}").format(sql.Literal(password))
    )
    url = owner.server.url("m_boss")
    assert "there already" in on("boss", "init", url, typed=password)[2]
    code, _, err = on("boss", "init", url, typed="hunter2")
    assert (code, len(err.splitlines()), "hunter2" in err) == (1, 1, False)


def test_a_server_that_writes_nothing_is_said(
    on: On, owner: Owner, tmp_path: Path, now_ms: int
) -> None:
    """Read-only, gone, back again: the lease at hand stays, and each call is told once."""
    password = on("boss", "add", "m_ada", "--url", "OWNER")[1].strip()
    on("ada", "join", "ADA", typed=password)
    spend(tmp_path, "ada", "msg_1", 1, now_ms)
    owner.db.execute("ALTER ROLE m_ada SET default_transaction_read_only = on")
    code, out, err = on("ada", "status")
    assert "read-only" in err
    assert "may be spent" in out
    for command in (("remove", "m_ada"), ("policy",)):
        owner.db.execute("ALTER ROLE owner SET default_transaction_read_only = on")
        code, out, err = on("boss", *command, "--url", "OWNER")
        assert len(err.splitlines()) <= 1
    owner.db.execute("ALTER ROLE owner RESET ALL; ALTER ROLE m_ada RESET ALL")
    owner.db.close()
    owner.server.stop()
    assert "Connection refused" in on("ada", "status")[2]
    code, _, err = on("boss", "add", "m_bob", "--url", "OWNER")
    assert (code, len(err.splitlines())) == (1, 1)
    owner.server.start()
    owner.db = connection.connect(owner.server.url("owner"), password=OWNER_PASSWORD)
    assert "told 1 call" in on("ada", "status")[2]
    assert owner.spent() == NANO


def test_rounds_take_turns(
    on: On, owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that take at once could leave the wrong part here; who leaves waits for no third."""
    monkeypatch.setattr(turn, "_PATIENCE_S", 0.0)
    ada = admin.add(owner.db, "m_ada")
    assert on("ada", "join", "ADA", typed=ada)[0] == 0
    assert "leave" in on("ada", "join", "OWNER")[2]  # another team: its part would hold no more
    with (tmp_path / "ada" / "team.lock").open("w") as file:
        assert platform.lock(file, wait=False)
        assert "another round goes on" in on("ada", "status")[2]
        assert "another round goes on" in on("ada", "join", "ADA", typed=ada)[2]
        assert on("ada", "leave")[0] == 0
    assert owner.db.execute("SELECT count(*) FROM cheaproute.lease").fetchone() == (0,)


def test_tables_of_before_are_named_to_their_owner(on: On, owner: Owner) -> None:
    """With the command that mends them, at whatever else the owner does."""
    owner.db.execute("UPDATE cheaproute.version SET number = 1")
    assert (
        "run `cheaproute team init postgresql://owner@" in on("boss", "policy", "--url", "OWNER")[2]
    )
    assert "brought the team's tables up to date" in on("boss", "init", "OWNER")[2]
    assert on("boss", "policy", "--url", "OWNER")[2] == ""
    owner.db.execute("UPDATE cheaproute.version SET number = 99")
    assert "update the plugin" in on("boss", "init", "OWNER")[2]
