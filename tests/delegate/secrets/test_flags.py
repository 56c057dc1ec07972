"""Passwords of plain letters where nothing else can stand, and what is one by its form."""

from __future__ import annotations

import random
import string

import pytest

from cheaproute.delegate.secrets import scan
from cheaproute.delegate.secrets.rules.blocks import Piece
from cheaproute.delegate.secrets.said import flags

_RNG = random.Random(1818)
WORD = "".join(_RNG.choices(string.ascii_lowercase, k=8))
YEAR = _RNG.choice(["Falcon", "Dragon", "Winter"]) + str(_RNG.randint(2019, 2026))
DECIMAL = str(_RNG.getrandbits(2048) | 1 << 2047)


@pytest.mark.parametrize(
    "line",
    [
        f"gpg --batch --passphrase {WORD} -d x",
        f"openssl enc -aes-256-cbc -k {WORD} -in x",
        f"pdftk a.pdf input_pw {WORD} output b.pdf",
        f"qpdf --encrypt {WORD} {WORD} 256 -- a b",
        f"security unlock-keychain -p {WORD} x",
        f"signtool sign /f a.pfx /p {WORD} x.exe",
        f"echo {WORD} | runas /user:bob cmd",
        f"$ registry-cli -u bob --password {WORD} push",
        f"---> PASS {WORD}\n230 ok",
        f"C: PASS {WORD}",
        f"331 Please specify the password.\nPASS {WORD}",
        f"connecting to ldap://db1.example.com binddn=cn=admin,dc=example bindpw={WORD}",
        f"ldap.bindpw = {WORD}",
        f"LDAP_BINDPW={WORD}",
        f"ldaps://db1.example.com rootpw={WORD}",
        f"olcRootPW: {WORD}",
        f"rootpw\t\t{WORD}",
        f"<userpw>{WORD}</userpw>",
        f"dbpw={WORD}",
        f"createUser anna SHA {WORD} AES",
        f'createUser -e 0x80001f88 anna SHA-256 "{WORD}"',
        f'createUser anna SHA "<secret>" AES "{WORD}"',
        f'usmUser 1 3 0x80 "anna" "anna" NULL .1.3.6.1.6.3.10.1.1.3 "{WORD}"',
        f"jdbc:oracle:thin:anna.k/{WORD}@db1.example.com:1521:SHOP",
        f"sqlplus -S anna/{WORD}@shop",
        f"rwcommunity {WORD} 10.0.0.0/8",
        f"com2sec local default {WORD}",
        f"trapsess -v 3 -u anna -a SHA -A {WORD} -x AES 10.0.0.1",
        f"snmp-server user anna ops v3 auth sha {WORD} priv aes 128 x",
    ],
)
def test_plain_letters_where_a_password_stands(line: str) -> None:
    """Between lines of a log."""
    assert scan.find(f"all is well\n{line}\nso it is\n"), line


@pytest.mark.parametrize(
    "line",
    [
        "gpg reads it with --passphrase from a file",
        "gpg --passphrase <string> sets it",
        "gpg --passphrase $PASSPHRASE -d x",
        "openssl enc -k is for old versions",
        "qpdf --encrypt user-password owner-password key-length",
        "PASS tests/test_a.py",
        "use --user with --password or without",
    ],
)
def test_what_a_manual_says_of_it(line: str) -> None:
    """Options, places for a value, results of tests."""
    assert flags.find(Piece(f"all is well\n{line}\nso it is\n")) == ""


@pytest.mark.parametrize(
    "line",
    [
        "rocommunity public",
        "com2sec local default public",
        "bindpw = getpass()",
        "bindpw=$LDAP_PW",
        "bindpw is read from the vault",
        "char *bindpw = NULL;",
        "rootpw: str | None = None",
        "func createUser(name string, sha string) (*User, error) {",
        "createUser anna SHA <passphrase> AES <passphrase>",
        "await createUser(anna, sha)",
        "net-snmp-config --create-snmpv3-user -a SHA -X AES anna",
    ],
)
def test_what_names_no_password_of_a_directory_or_a_daemon(line: str) -> None:
    """Places for one, what everybody is told, code."""
    assert scan.find(f"all is well\n{line}\nso it is\n") == ""


@pytest.mark.parametrize(
    "line",
    [
        f"anna: for staging use admin, {YEAR}!, then tick it",
        f"bob: what do I type?\nanna: {YEAR}!",
        f"Username: bob\n{YEAR}!\nrouter>",
        f"CORP\\bob:{YEAR}! (Pwn3d)",
        f"user(admin, '{YEAR}?').",
        f"bob@acme.com,{YEAR}$",
        f"staging box, root ({YEAR}?)",
        f"iphasiwedi: {YEAR}",
        f"\u0915\u0942\u091f\u0936\u092c\u094d\u0926: {YEAR}",
        f"pasword: {YEAR}",
    ],
)
def test_a_word_a_year_and_a_sign(line: str) -> None:
    """Whatever stands around it, and its word in further languages and spellings."""
    assert scan.find(f"all is well\n{line}\nso it is\n"), line


@pytest.mark.parametrize(
    "line", ["Who comes to PyCon2024?", "released in Spring2024.", "see Summer2024/a.jpg", "A2024!"]
)
def test_a_year_that_is_asked_about(line: str) -> None:
    """A conference, a season, a directory."""
    assert flags.find(Piece(line)) == ""


@pytest.mark.parametrize(
    "line",
    [
        f"d = {DECIMAL}",
        f"private exponent: {DECIMAL}",
        f"p = {DECIMAL[:300]}\nq = {DECIMAL[300:600]}",
        f'{{"n":"{"aB3_" * 85}","e":"AQAB","d":"{"xY7-" * 85}"}}',
        f"n: {'aB3_' * 85}\ne: AQAB\nd: {'xY7-' * 85}",
        "seed indices: " + " ".join(str(n * 37 % 2048) for n in range(12)),
        "\u3042\u3044\u3053\u304f\u3057\u3093 \u3042\u3044\u3055\u3064 " * 6 + "\u3042\u3055\u3044",
    ],
)
def test_a_key_as_a_number_and_a_wallet_as_words(line: str) -> None:
    """With no type beside it, as places in a list, in Japanese."""
    assert flags.find(Piece(f"all is well\n{line}\nso it is\n"))


def test_a_public_key_and_a_curve_are_no_secret() -> None:
    """A modulus alone, a curve's prime."""
    assert flags.find(Piece(f'{{"n":"{"aB3_" * 85}","e":"AQAB"}}')) == ""
    assert flags.find(Piece(f"p = {DECIMAL[:78]}\nn = {DECIMAL[78:156]}")) == ""
