"""A draw that nothing explains, in lines that no rule knows and with no word for access near."""

from __future__ import annotations

import base64
import random
import string

import pytest

from cheaproute.delegate.secrets import scan
from cheaproute.delegate.secrets.rules.blocks import Clock
from cheaproute.delegate.secrets.whole import unexplained

_RNG = random.Random(181)


def drawn(size: int = 40) -> str:
    """Letters and digits at random, all kinds of them."""
    return "aQ7" + "".join(_RNG.choices(string.ascii_letters + string.digits, k=size - 3))


def kind(text: str) -> str:
    """What is found by this rule."""
    return unexplained.find([text], Clock(20))


@pytest.mark.parametrize(
    "line",
    [
        "please use {} for the billing thing",
        "client = Billing('{}', region)",
        "HES1:{}",
        "gi_reo_gi = '{}'",
        "[acme] handshake ok ({})",
        "ops> connect billing {} eu",
        "| acme | {} | eu |",
    ],
)
def test_one_draw_in_a_file(line: str) -> None:
    """Whatever the line, and whatever is said of it."""
    text = f"all is well\n{line.format(drawn())}\nso it is\n"
    assert scan.find(text) == unexplained.KIND


@pytest.mark.parametrize(
    "line",
    [
        "a/b.py,sha256={0}aB4,12",
        '"integrity": "sha512-{0}",',
        "rpc.request.id={0}",
        "payload {0}{0}== decoded",
        "payload: {0}zY3/aB4=",
        "job: aQ7xK2mP9rT4vW8zB3nD5gHq",
        "cached as /srv/cache/{0}/index",
        "https://files.example.com/f/{0}/report.pdf",
        "url(data:image/png;base64,{0})",
        "example.com. 3600 IN DNSKEY 257 3 13 {0}= ; key id = 12",
        '"mappings":"AAAA,{0};{0}"',
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{0} deploy",
        "0000000000033a T _ZN5boost6garnet{0}",
        "alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'",
        "openjdk-17-jdk-headless m68hc11-elf/m68hc12-elf",
    ],
)
def test_what_its_label_its_prefix_or_its_place_explains(line: str) -> None:
    """Hashes, ids, pictures, maps, symbols, paths."""
    assert kind(f"all is well\n{line.format(drawn())}\n") == ""


@pytest.mark.parametrize(
    "name", ["body", "payload", "source", "build", "state", "cursor", "data", "run", "sha256", "w"]
)
def test_a_name_explains_what_it_can_be(name: str) -> None:
    """A sum has a sum's length, contents are in base64, and neither is a key's forty letters."""
    assert kind(f"all is well\n{name}: {drawn()}\n") == unexplained.KIND


def test_contents_have_no_key_of_hexadecimal_digits() -> None:
    """Under a name of contents 32 bytes in hexadecimal digits are a key; under a sum's, a sum."""
    digits = _RNG.randbytes(32).hex()
    assert kind(f"all is well\ndata: {digits}\n") == unexplained.KIND
    assert kind(f"all is well\nsha256: {digits}\n") == ""


def test_what_a_file_has_many_of() -> None:
    """Ids come in numbers, of one length or below one name."""
    rows = [f"job {n} {drawn(28)} done" for n in range(6)]
    assert kind("\n".join(rows)) == ""
    rows = [f"lot={drawn(24 + n)} done" for n in range(6)]
    assert kind("\n".join(rows)) == ""
    keys = [base64.b64encode(_RNG.randbytes(24 + n)).decode() for n in range(30)]
    assert kind("\n".join(f"put {key} there" for key in keys)) == ""


def test_one_beside_many_of_another_form() -> None:
    """What explains the many does not explain it."""
    rows = [f"job {n} {drawn(28)} done" for n in range(6)]
    rows.insert(3, f"use {drawn(44)} for the billing thing")
    assert scan.find("\n".join(rows)) == unexplained.KIND


def test_it_is_linear() -> None:
    """No text makes it slow."""
    for text in ("aB1" * 20_000, "aB1-" * 20_000, "/aB1" * 20_000, "aB1 " * 20_000):
        assert unexplained.find([text], Clock(2)) in ("", unexplained.KIND)
