"""What is let pass for a reason is let pass for that reason alone: a draw beside it is withheld."""

from __future__ import annotations

import random
import string

import pytest

from cheaproute.delegate.secrets import scan

DRAW = "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=36))
WORD = "tiger" + DRAW[0] + "lily"


@pytest.mark.parametrize("head", ["smtp.token", "db.pass", "app.key", "Login/Password", "auth.pin"])
@pytest.mark.parametrize("sign", [",", "\t", " | "])
def test_a_column_that_reads_like_a_file(head: str, sign: str) -> None:
    """A dot and a slash do not make a path of its name."""
    rows = (["host", head, "n"], ["mail.example.com", DRAW[:16], "3"], ["b.example.com", DRAW, "4"])
    assert scan.find("\n".join(sign.join(row) for row in rows))


@pytest.mark.parametrize("head", ["secrets.yaml", "src/auth/token", "tokens.ts"])
def test_a_column_of_what_a_file_has(head: str) -> None:
    """By its extension or more than one slash it is one."""
    assert scan.find(f"commit,{head},n\n1a2b3c,{DRAW[:12].lower()},3\n") == ""


@pytest.mark.parametrize("label", ["UNSEAL KEY", "STATIC KEY", "API KEY", "TOKEN", "WIREGUARD KEY"])
def test_an_armour_of_what_nobody_is_to_see(label: str) -> None:
    """Public is what is known to be."""
    assert scan.find(f"-----BEGIN {label}-----\n{DRAW}\n-----END {label}-----\n")


@pytest.mark.parametrize("label", ["CERTIFICATE", "PGP PUBLIC KEY BLOCK", "X509 CRL"])
def test_an_armour_of_what_everybody_may_see(label: str) -> None:
    """So it is digested."""
    assert scan.find(f"-----BEGIN {label}-----\n{DRAW}\n-----END {label}-----\n") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Password=summer.rain;User ID=sa;Server=db01",
        "Server=db01; Uid=sa; Pwd = summer.rain; Database=x",
        f"IDENTIFY mynick {WORD}",
        f"/msg NickServ IDENTIFY {WORD}",
        f"GET https://h.example.com/s/{DRAW[:22]}/password={WORD}9! HTTP/1.1",
        f"echo /srv/{DRAW[:20]}/PASSWORD={WORD}9!",
        f"smtp_password=Summer.rain[{DRAW[:8]}",
        f"Heroku key: //{DRAW[:30]}",
        'password: "Correct - horse - battery"',
        'secret_key = "(quietlakes"',
    ],
)
def test_a_password_in_words_or_behind_a_path(text: str) -> None:
    """Neither a dotted word nor a path before its name makes it code."""
    assert scan.find(text + "\n")


def test_the_end_of_something_in_base64_is_no_name() -> None:
    """With its padding at most behind it."""
    assert scan.find(f"blob {DRAW}/{DRAW[::-1]}/token= end\n") == ""
