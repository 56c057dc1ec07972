"""Lines that hold a secret, from a table of forms: vendor and what its keys are made of.

The forms are facts read from a published rule set (kingfisher's, June 2025), without those that the
first measure (gitleaks') had; the contexts are what people's logs, settings and scripts look like.
Whoever wrote this had not read the scanner.
"""

from __future__ import annotations

import os
import random
import re
from hashlib import sha256
from typing import NamedTuple

from tests.conftest import ROOT

_PIECE = re.compile(r"\[((?:\\.|[^\]])*)\](?:\{(\d+)(?:,(\d+))?\})?|\\?(.)")
_RANGES = {
    "0-9": "0123456789",
    "A-Z": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "a-z": "abcdefghijklmnopqrstuvwxyz",
    "A-F": "ABCDEF",
    "a-f": "abcdef",
}
# For kinds that say by themselves what they are.
_BARE = (
    "2026-11-25 10:00:00 INFO worker retrying with {value} (attempt 2)",
    "{value}",
    '  "args": ["--verbose", "{value}"],',
    "curl -sS https://{vendor}.example.net/v1/items -H 'Authorization: Bearer {value}'",
    "10:00:00.113 [http] > GET /v1/items?auth={value}&page=3 200 14ms",
    "| ci | {value} | 2026-11-25 |",
)
# For all: the name of the vendor and what the value is stand beside it.
_NAMED = (
    "export {VENDOR}_API_KEY={value}",
    '{{"time":"2026-11-25T10:00:00Z","msg":"settings","{vendor}":{{"apiKey":"{value}"}}}}',
    "  {vendor}_token: {value}",
    "{vendor}.api.key = {value}",
    "2026-11-25 10:00:00 DEBUG {vendor}: using api key {value}",
    '{vendor}Client = new {Vendor}({{ token: "{value}", timeout: 30 }});',
    "GET https://api.{vendor}.com/v1/items?api_key={value}&limit=10 200",
    "{VENDOR}_SECRET='{value}' ./deploy.sh --verbose",
    '<add key="{Vendor}ApiKey" value="{value}" />',
    "curl https://api.{vendor}.com/v2/me -H 'X-Api-Key: {value}'",
)


class Kind(NamedTuple):
    """One kind: whose key it is, and of what it is made."""

    vendor: str
    form: str

    @property
    def own(self) -> bool:
        """Whether its beginning alone says what it is."""
        return len(re.match(r"[^\[\\]*", self.form).group()) >= 3  # type: ignore[union-attr]

    @property
    def held_out(self) -> bool:
        """Whether it was left out until the end."""
        return sha256(f"{self.vendor} {self.form}".encode()).digest()[0] % 2 == 1


def kinds() -> list[Kind]:
    """All of them."""
    with open(os.path.join(ROOT, "tests", "cases", "secrets", "forms.txt"), encoding="utf-8") as f:
        return [Kind(*line.split()) for line in f]


def value(kind: Kind, rng: random.Random) -> str:
    """A value of the kind, made at random."""
    made = ""
    for signs, low, high, literal in _PIECE.findall(kind.form):
        if literal:
            made += literal
            continue
        least = int(low or 1)
        made += "".join(rng.choices(_members(signs), k=rng.randint(least, int(high or least))))
    return made


def _members(signs: str) -> str:
    members = ""
    for name, letters in _RANGES.items():
        if name in signs:
            members += letters
            signs = signs.replace(name, "")
    return members + signs.replace("\\", "")


def line(kind: Kind, rng: random.Random) -> str:
    """A line in which a value of the kind stands."""
    form = rng.choice(_NAMED + _BARE if kind.own else _NAMED)
    return form.format(
        value=value(kind, rng),
        vendor=kind.vendor,
        Vendor=kind.vendor.capitalize(),
        VENDOR=kind.vendor.upper(),
    )
