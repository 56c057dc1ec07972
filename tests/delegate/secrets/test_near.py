"""What stands beside a word for a secret, in no notation that a rule knows."""

from __future__ import annotations

import random
import string

import pytest

from cheaproute.delegate.secrets import near, plain, scan, weigh
from cheaproute.delegate.secrets.rules.blocks import Piece
from cheaproute.delegate.secrets.wordlists import bip39

_RNG = random.Random(18)
_MONTH = _RNG.choice(("Sommer", "Winter", "Verano"))
HUMAN = _MONTH + str(_RNG.randint(1970, 2030)) + "!"
PLAIN = _RNG.choice(("kaffee", "tiger", "zvezda")) + str(_RNG.randint(100, 99_999))
WALLET = _RNG.sample(sorted(bip39.WORDS), 12)
_BASE64 = "iYRUzQ5RdlMzVIjDBMQAWM5hs7tPDrcQzFG2gD3mBi2u"
DRAWN = "".join(_RNG.choices(string.ascii_letters + string.digits, k=28))


@pytest.mark.parametrize("value", [HUMAN, PLAIN])
@pytest.mark.parametrize(
    "line",
    [
        "VNC password for cache4.internal: {}",
        "Das Passwort für den Drucker lautet {}",
        "La clave de acceso es {}",
        "senha do banco: {}",
        "账号 anna 口令 {}",
        "Password:\n{}",
        "[credentials]\nhost = a.example.com\nanna = {}",
        "config: {{User:anna Pass:{} Host:mail}}",
        "POST /t grant_type=password&username=anna&password={}",
    ],
)
def test_a_password_of_a_person(line: str, value: str) -> None:
    """However it is joined to a word for it."""
    assert scan.find(f"all is well\n{line.format(value)}\nso it is\n")


@pytest.mark.parametrize("value", [HUMAN, DRAWN])
@pytest.mark.parametrize(
    "line",
    [
        "set snmp community {} authorization read-only",
        '1339518083.3 [0 127.0.0.1:1] "AUTH" "{}"',
        "2026-11-26 {} was sent to anna as her password",
        "anna's password, of the old system, {}, is to go",
    ],
)
def test_what_no_name_of_a_thing_is(line: str, value: str) -> None:
    """A password by its looks need not be joined to the word."""
    assert scan.find(f"all is well\n{line.format(value)}\n")


@pytest.mark.parametrize(
    "text",
    [
        "Failed password for invalid user test123 from 10.0.0.7 port 50022 ssh2",
        f"Accepted publickey for anna from 10.0.0.7: RSA SHA256:{DRAWN}{DRAWN[:15]}",
        "password hashing: PBKDF2-HMAC-SHA256 with AES-256-GCM, see Http2Client and utf8Decoder",
        f"github.com/anna/vault-secret v1.2.3 h1:{DRAWN}{DRAWN[:15]}=",
        f"GET /items?page_token={DRAWN}&limit=50 idempotency_key={DRAWN}",
        f'{{"msg": "wrong password", "trace_id": "{DRAWN}", "body": "{DRAWN}"}}',
        f'{{"sources":["password.ts"],"mappings":"AAAA,{DRAWN};{DRAWN}"}}',
        'Warning FailedMount secret "maple-token-x9Kz2" not found',
        ".Quartz_password__TH4Nc:focus .Hollow_root__7F3C6{margin:0}",
        "tests/test_password.py::test_token_of[42-river] PASSED at 2026-11-26T10:00:00Z",
        r"at Shop.Orders.<Ticket>d__9.MoveNext() in C:\src\Cart.cs:line 80",
        r"at Shop.Login.<>c__DisplayClass5_0.<Token>b__0() in C:\src\Login.cs:line 7",
        f"12\tticket\t\\\\x{_RNG.randbytes(20).hex()}\tticket",
        f"12\tticket\t\\\\x54{_RNG.randbytes(20).hex()}\tticket",
        f"{_BASE64[:31]}/hAsL{_BASE64[:40]}",
        f"DA:14,1,{_BASE64[:19]}/pw",
    ],
)
def test_what_stands_beside_such_a_word_by_chance(text: str) -> None:
    """Names, hashes, ids, times and what has a label of its own."""
    assert near.find(Piece(plain.text(text))) == ""


@pytest.mark.parametrize(
    "line",
    [
        f"SIM PIN: {_RNG.randint(1_000, 9_999)}, sent to anna",
        f"anna:{{PLAIN}}{PLAIN}::::::",
        f"child.expect('Password: ')\nchild.sendline('{HUMAN}')",
        f"SERVER_TRAFFIC_SECRET_0 {_RNG.randbytes(32).hex()} {_RNG.randbytes(32).hex()}",
        f"passord = {PLAIN}",
        f"a1 LOGIN anna {HUMAN}",
        f"(0) 0x{_RNG.randbytes(32).hex()}   <- privkey",
        "mnemonic\n" + "\n".join(f"{n}. {w}" for n, w in enumerate(WALLET, 1)),
    ],
)
def test_forms_that_were_sent(line: str) -> None:
    """Each is known in its own notation."""
    assert scan.find(f"all is well\n{line}\n")


@pytest.mark.parametrize(
    "frame", ["notes\n{}\n", "# Notes\n\n{}\nand text below\n", "Notes:\n\n{}\n\nplease keep\n"]
)
def test_a_phrase_of_another_list_below_words(frame: str) -> None:
    """Lines around it are no part of it."""
    phrase = "abbey abducts ablaze adept aglow ajar album alerts amply anvil awning axis"
    assert scan.find(frame.format(phrase))


@pytest.mark.parametrize("word", ["rootpass", "adminpass", "dbpass", "sudopass", "passwort"])
def test_a_word_for_a_password_may_be_one(word: str) -> None:
    """People do so."""
    assert scan.find(f"user,password\nroot,{word}\nadmin,{word}\n")


def test_a_column_that_few_have_something_in() -> None:
    """Empty cells say nothing of the rows below."""
    rows = [f"{n},user{n},,2026-11-26" for n in range(20)]
    assert scan.find("\n".join(("id,name,password,day", *rows))) == ""
    assert scan.find("\n".join(("id,name,password,day", *rows, f"20,anna,{PLAIN},2026-11-26")))


def test_weighing_is_linear() -> None:
    """No text makes it slow."""
    for text in ("x1" + "a" * 300, "aB1-" * 75, "1a" * 150, "a_" * 150, "x.1?" * 75):
        assert weigh.grade(text) in range(4)
    assert near.find(Piece("password " * 600)) == ""


def test_many_words_in_one_line_take_no_longer() -> None:
    """A value is compared with the words around it alone."""
    seen = []

    class Words(list[tuple[int, int, bool, bool]]):
        """Counts what is taken of it."""

        def __getitem__(self, place: slice | int) -> object:  # type: ignore[override]
            taken = super().__getitem__(place)
            if isinstance(taken, list):
                seen.append(len(taken))
            return taken

    line = " key ab1cd" * 600
    said = Words(sorted(near._said(Piece(line))))
    assert len(said) == 600
    near._told(line, said, (3_000, 3_005, weigh.MIXED, -1))
    assert seen
    assert max(seen) < 40


@pytest.mark.parametrize(
    "text",
    [
        'network={{\n    ssid="home"\n    psk="{}"\n}}',
        'catalog = {{ url = "https://a.example", secret = "{}" }}',
        'secret := "{}"',
        "- Das Passwort für checkout lautet {}",
    ],
)
def test_words_that_a_program_chose(text: str) -> None:
    """Letters alone may be a password, too, if they are no thing's name."""
    words = "-".join(_RNG.sample(("arrow", "coral", "feather", "plum", "mustard"), 3))
    assert scan.find(f"all is well\n{text.format(words)}\n")
    assert scan.find('secret = "frontend-tls-prod"\nsecret: my-app-token\n') == ""


@pytest.mark.parametrize(
    "line",
    [
        "$db = new mysqli('db-01.example.de', 'anna', '{}', 'payments');",
        "conn.login('anna@example.com', '{}', done)",
        'driver.connect(url, "anna", "{}");',
        "<tr><th>User</th><th>Password</th></tr>\n<tr><td>anna</td><td><b>{}</b></td></tr>",
    ],
)
def test_a_place_among_others_says_what_it_is(line: str) -> None:
    """The last of several arguments, a cell below its name."""
    assert scan.find(f"all is well\n{line.format(HUMAN)}\n")


@pytest.mark.parametrize(
    "line",
    [
        '"password": "Contraseña",',
        '"forgotPassword": "¿Olvidaste tu contraseña?",',
        'secret_arn = "arn:aws:secretsmanager:eu-central-1:055486288676:secret:uploads-LKtM0A"',
        f"github.com/granite/lagoon v4.2.0 h1:{DRAWN}{DRAWN[:15]}=",
        'mysqli("localhost", "anna", ask, "shop_2026")',
    ],
)
def test_what_speaks_of_one_only(line: str) -> None:
    """A label, where a secret lies, the hash of a module."""
    assert scan.find(f"all is well\n{line}\n") == ""


@pytest.mark.parametrize(
    "text",
    [
        "\ube44\ubc88 {}",
        "[10:06] lin: | Service | User | Password |\n|---|---|---|\n| mail | anna | {} |",
        "# | Service | Password |\n# |---|---|\n# | mail | {} |",
    ],
)
def test_a_short_word_and_a_table_behind_a_prefix(text: str) -> None:
    """A word of a chat, who says it, the sign of a comment."""
    assert scan.find(f"all is well\n{text.format(HUMAN)}\nso it is\n")


@pytest.mark.parametrize("arrow", ["\u2192", "->", "\u21d2"])
def test_an_arrow_leads_to_a_value(arrow: str) -> None:
    """A UUID, too, where the name says that it is a key."""
    key = "65be9515-f784-4381-b16f-79db00110b3f"
    assert scan.find(f"notes\n* **HEROKU_API_KEY** {arrow} {key}\n")
    assert scan.find(f"password {arrow} String {arrow} Hash; heroku_id {arrow} {key}\n") == ""


@pytest.mark.parametrize(
    "head",
    rb"""
    \u30d1\u30b9\u30ef\u30fc\u30c9 \u5bc6\u7801 \u5bc6\u78bc \ube44\ubc00\ubc88\ud638 Has\u0142o
    \u0e23\u0e2b\u0e31\u0e2a\u0e1c\u0e48\u0e32\u0e19 \u015eifre Parola L\u00f6senord Salasana
    Jelsz\u00f3 Lozinka Slapta\u017eodis Parool Kodeord Lykilor\u00f0 Zaporka Pasahitza Kata_Sandi
    M\u1eadt_kh\u1ea9u \u041f\u0430\u0440\u043e\u043b\u044c Heslo Senha Adgangskode
    \u039a\u03c9\u03b4\u03b9\u03ba\u03cc\u03c2 \u05e1\u05d9\u05e1\u05de\u05d4 Contrase\u00f1a
    \u092a\u093e\u0938\u0935\u0930\u094d\u0921 \u10de\u10d0\u10e0\u10dd\u10da\u10d8
    """.decode("unicode-escape").split(),
)
def test_a_column_in_any_language(head: str) -> None:
    """Whatever stands in it, words and a number, too."""
    rows = f"{head.replace('_', ' ')};X;2026\nanna;GatewayBuffer;592\nGatewayBuffer;b;1\n"
    assert scan.find(rows)


def test_the_schema_of_a_table_has_no_rows() -> None:
    """What a column is of is no value; a value below its name is."""
    columns = "id uuid PRIMARY KEY,\n  password_hash text NOT NULL,\n  reset_token varchar(64),\n"
    assert scan.find(f"CREATE TABLE people (\n  {columns}  api_key_id uuid\n);\n") == ""
    orders = "INSERT INTO orders (id, name) VALUES (1, 'maple route');\n"
    assert scan.find(f"CREATE TABLE people (\n  {columns}  api_key_id uuid\n);\n{orders}") == ""
    rows = f"INSERT INTO people (id, password_hash) VALUES (1, '{PLAIN}');\n"  # noqa: S608
    assert scan.find(f"CREATE TABLE people (\n  {columns}  api_key_id uuid\n);\n{rows}")
