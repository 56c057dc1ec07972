"""What is seen, in whatever dress; values are made when the test runs, never written down."""

# ruff: noqa: E501, S608
from __future__ import annotations

import base64
import random
import secrets
import socket
import string
import time
from collections.abc import Callable

import pytest

from cheaproute.delegate.secrets import decode, gate, scan
from cheaproute.delegate.secrets.rules import blocks, library

RNG = random.Random(1)
LETTERS = string.ascii_letters + string.digits


def word(size: int, letters: str = LETTERS) -> str:
    """A word by a generator."""
    return "".join(RNG.choices(letters, k=size))


def b64(size: int) -> str:
    """So many bytes in base64."""
    return base64.b64encode(RNG.randbytes(size)).decode()


def jwt() -> str:
    """A token of three parts."""
    parts = (
        b'{"alg":"HS256","typ":"JWT"}',
        b'{"sub":"1234567890","admin":true}',
        RNG.randbytes(32),
    )
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


# Each a file's line or two, with something that opens something.
SECRETS: dict[str, Callable[[], str]] = {
    "pem": lambda: f"-----BEGIN RSA PRIVATE KEY-----\n{b64(48)}",
    "pem, lower case": lambda: f"-----begin private key-----\n{b64(48)}",
    "pem in json": lambda: '{"k": "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEE"}',
    "pgp": lambda: "-----BEGIN PGP PRIVATE KEY BLOCK-----",
    "putty": lambda: "PuTTY-User-Key-File-3: ssh-ed25519",
    "ssh2": lambda: "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
    "age": lambda: "AGE-SECRET-KEY-1" + word(58, string.ascii_uppercase + string.digits),
    "pkcs1 without its armour": lambda: "MIIEpAIBAAKCAQEA" + b64(60),
    "pem in base64": lambda: base64.b64encode(b"-----BEGIN PRIVATE KEY-----\n").decode(),
    "jwk": lambda: f'{{"kty":"EC","crv":"P-256","x":"{word(43)}","d":"{word(43)}"}}',
    "wireguard": lambda: f"PrivateKey = {b64(32)}",
    "aws": lambda: f"using AKIA{word(16, string.ascii_uppercase + string.digits)} for upload",
    "aws secret": lambda: f"aws_secret_access_key = {b64(30)}",
    "github": lambda: f"ghp_{word(36)}",
    "anthropic": lambda: f"sk-ant-api03-{word(40)}-{word(40)}AA",
    "slack": lambda: f"xoxb-{word(11, string.digits)}-{word(12, string.digits)}-{word(24)}",
    "stripe": lambda: f"rk_live_{word(24)}",
    "google": lambda: f"AIza{word(35)}",
    "an issuer of no list": lambda: f"zyx_live_{word(32)}",
    "jwt": jwt,
    "url": lambda: "connecting to postgres://app:Hunter2@db.internal/orders",
    "url without a user": lambda: f"redis://:{word(20)}@cache:6379/0",
    "connection string": lambda: f"Server=db;User Id=sa;Password={word(12)};Encrypt=true",
    "bearer": lambda: f"> authorization: Bearer {word(40)}",
    "basic": lambda: (
        f"Authorization: Basic {base64.b64encode(f'bob:{word(12)}'.encode()).decode()}"
    ),
    "cookie": lambda: f"Set-Cookie: sid={word(32)}; Path=/; HttpOnly",
    "header": lambda: f"X-Api-Key: {word(32)}",
    "curl": lambda: f"curl -u admin:{word(9)} https://example.org",
    "signed url": lambda: (
        f"https://b.s3.amazonaws.com/k?X-Amz-Signature={word(64, '0123456789abcdef')}"
    ),
    "env": lambda: f"DB_PASSWORD={word(12)}",
    "yaml": lambda: f"  clientSecret: {word(24)}",
    "json": lambda: f'{{"user": "bob", "password": "{word(10)}"}}',
    "json in json": lambda: f'{{"body": "{{\\"apiKey\\": \\"{word(24)}\\"}}"}}',
    "camel case": lambda: f"dbUserPassword = '{word(10)}'",
    "xml": lambda: f"<password>{word(9)}</password>",
    "name and value": lambda: f'{{"name": "DB_PASSWORD", "value": "{word(11)}"}}',
    "property": lambda: f'<add key="SmtpPassword" value="{word(11)}"/>',
    "option": lambda: f"run --password {word(4)}7{word(6)}X1",
    "netrc": lambda: f"machine api.example.org login bob password {word(10)}",
    "pgpass": lambda: f"db.internal:5432:orders:app:{word(10)}",
    "shadow": lambda: f"root:$6${word(8)}${word(86)}:19000:0:99999:7:::",
    "bcrypt": lambda: f"{RNG.randint(1, 9)},ann,$2b$12${word(53)}",
    "sql": lambda: f"INSERT INTO users (id, email, password) VALUES (1, 'a@b.org', '{word(12)}');",
    "create user": lambda: f"CREATE USER app IDENTIFIED BY '{word(10)}';",
    "chrome's export": lambda: f"name,url,username,password\nx,https://x.org,bob,{word(9)}",
    "firefox's export": lambda: (
        '"url","username","password","httpRealm","guid"\n'
        f'"https://x.org","bob","{word(9)}","","{{1}}"'
    ),
    "bitwarden's export": lambda: (
        "folder,favorite,type,name,notes,fields,login_uri,login_username,login_password,login_totp\n"
        f",,login,x,,,https://x.org,bob,{word(9)},"
    ),
    "a table": lambda: f"| user | api_token |\n|------|------|\n| bob | {word(24)} |",
    "cookie file": lambda: (
        f"# Netscape HTTP Cookie File\n.x.org\tTRUE\t/\tTRUE\t0\tsid\t{word(20)}"
    ),
    "har": lambda: '{"log": {"version": "1.2", "creator": {"name": "x"}, "entries": []}}',
    "kubernetes": lambda: f"apiVersion: v1\nkind: Secret\ndata:\n  x: {b64(12)}",
    "terraform": lambda: '{"version": 4, "terraform_version": "1.9", "resources": []}',
    "docker": lambda: f'{{"auths": {{"ghcr.io": {{"auth": "{b64(20)}"}}}}}}',
    "otp": lambda: f"otpauth://totp/x?secret={word(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}",
    "recovery codes": lambda: (
        "Recovery codes:\n" + "".join(f"{word(5)}-{word(5)}\n" for _ in range(8))
    ),
    "mnemonic": lambda: (
        "mnemonic: zebra yellow winter victory urban train siren quarter popular ostrich nurse maple"
    ),
    "webhook": lambda: f"https://hooks.slack.com/services/T{word(8)}/B{word(8)}/{word(24)}",
    "in colours": lambda: f"password=\x1b[31m{word(5)}\x1b[0m{word(6)}",
    "percent-encoded": lambda: f"GET /login?user=bob&password%3D{word(12)}",
    "in base64": lambda: base64.b64encode(f"db_password={word(12)}".encode()).decode(),
    "a named service's": lambda: f"ADAFRUIT: {word(32, string.ascii_lowercase + string.digits)}",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_seen(kind: str) -> None:
    """Alone, and between lines of a log; the same draws in every run."""
    RNG.seed(kind)
    for _ in range(2):
        made = SECRETS[kind]()
        assert scan.find(made), made
        log = "2026-11-25 10:00:00 INFO nothing special\n" * 9
        assert scan.find(f"{made}\n{log}"), made
        if kind not in {"har", "terraform", "kubernetes", "docker"}:
            assert scan.find(f"{log}{made}\n{log}"), made


def test_of_many_draws_hardly_one_is_missed() -> None:
    """At most 1 of 200 of a kind, and 1 of 2,000 of all: a text by a generator may look like words."""
    RNG.seed("many")
    missed = [kind for kind, make in SECRETS.items() for _ in range(200) if not scan.find(make())]
    assert len(missed) == len(set(missed))
    assert len(missed) <= len(SECRETS) * 200 // 2_000


@pytest.mark.parametrize("place", [0, 5_990, 11_990, 17_500])
def test_a_secret_across_a_cut_is_seen(place: int) -> None:
    """The pieces overlap, in one endless line as well."""
    made = f" ghp_{word(36)} "
    assert scan.find("x, " * (place // 3) + made + "y, " * 9_000)
    assert scan.find("line\n" * (place // 5) + made + "\n" + "line\n" * 5_000)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_text_is_decoded_before_it_is_looked_through(encoding: str) -> None:
    """By its mark, and without one by its content."""
    text = decode.text(f"a log\npassword={word(10)}\n".encode(encoding))
    assert text is not None
    assert scan.find(text)


@pytest.mark.parametrize(
    "raw", [b"\x7fELF\x00\x01\x02" * 9, b"caf\xe9\n", b"\xff\xfe\x00", b"\x1f\x8b\x08\x00a"]
)
def test_what_does_not_decode_is_no_text(raw: bytes) -> None:
    """Another encoding, half a letter, a program, an archive."""
    assert decode.text(raw) is None


def test_a_text_that_takes_too_long_is_withheld() -> None:
    """Doubt withholds, and says so."""
    assert scan.find("x = 1\n" * 50_000, budget_s=0.0) == scan.DOUBT


def test_hostile_text_takes_no_longer() -> None:
    """Whatever is repeated, no rule takes longer than in proportion."""
    for bit in (
        "//a",
        "a:b@",
        "key=",
        "=" * 9,
        "'",
        "-----BEGIN ",
        "ey",
        "<a>",
        "password",
        "\\",
        "a,",
        " ",
        "/",
        "api-",
        "-pul-",
        "=api-key",
        "pi.atlasv1.mesg.",
        ".api-keypartazure",
    ):
        begun = time.thread_time()
        scan.find(bit * (60_000 // len(bit)), budget_s=2)
        assert time.thread_time() - begun < 4.0, bit


def test_without_the_library_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that lacks it is in doubt."""

    def missing(_piece: blocks.Piece) -> str:
        raise ImportError

    monkeypatch.setattr(scan, "_LIBRARY", (missing,))
    assert scan.find("harmless") == scan.DOUBT
    assert scan.find_bare("harmless") == ""


def test_a_conversation_may_name_a_commit() -> None:
    """The same API has had it from the session; a file's text is asked for an explanation."""
    said = f"What changed in {secrets.token_hex(20)}? It is slow since."
    assert scan.find(said) != ""
    assert scan.find_bare(said) == ""


def test_the_library_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rules can verify a token with its issuer: here they never get a socket, nor are asked to."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket, "socket", never)
    monkeypatch.setattr(socket, "create_connection", never)
    for plugin in library.plugins():
        monkeypatch.setattr(type(plugin), "verify", never)
    for made in ("slack", "stripe", "aws", "github", "jwt", "basic"):
        text = SECRETS[made]()
        scan.find(text)
        library.find(blocks.Piece(text))
    assert library.find(blocks.Piece(SECRETS["slack"]())) == "Slack Token"


def test_the_message_does_not_tell_the_secret() -> None:
    """It names the text and the kind."""
    value = word(14)
    with pytest.raises(gate.Withheld) as raised:
        gate.clear(f"DB_PASSWORD={value}", "app.log")
    assert value not in str(raised.value)
    assert "app.log" in str(raised.value)


def _alone(line: str) -> str:
    """A log in which `line` stands by itself."""
    log = [f"2026-11-25 10:00:{second:02} INFO worker {second} done" for second in range(10)]
    return "\n".join([*log[:5], line, *log[5:]])


@pytest.mark.parametrize("size", [24, 32, 40, 64])
@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "  {}",
        "- {}",
        "$ {}",
        "sid={}",
        "connect.sid=s%3A{}.x",
        "JSESSIONID={}",
        "a=1; _app_session={}",
    ],
)
def test_a_draw_alone_on_a_line_is_withheld(form: str, size: int) -> None:
    """Without a name or an issuer's letters, and as a cookie beside others."""
    rng = random.Random(size)
    drawn = ["".join(rng.choices(LETTERS, k=size)) for _ in range(50)]
    assert [one for one in drawn if not scan.find(_alone(form.format(one)), 20)] == []


def test_what_stands_alone_and_opens_nothing_is_digested() -> None:
    """Names, paths, sums that say what they are, and base64 that is wrapped over lines."""
    rng = random.Random(3)
    raw = base64.b64encode(rng.randbytes(900)).decode()
    certificate = "\n".join(raw[place : place + 64] for place in range(0, len(raw), 64))
    for text in (
        "TransactionSynchronizationManager",
        "src/components/navigation/NavigationBar.test.tsx",
        "sha512-" + base64.b64encode(rng.randbytes(64)).decode(),
        "h1:" + base64.b64encode(rng.randbytes(32)).decode(),
        "----------------------------------------",
        f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----",
    ):
        assert scan.find(_alone(text), 20) == "", text
