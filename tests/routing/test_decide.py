"""The router's answers, whatever it is asked."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cheaproute.config import table
from cheaproute.routing.decide import MAX_UNSAFE, NOTHING, decide
from cheaproute.routing.decision import CATEGORIES, OPEN, TIERS, Decision
from cheaproute.routing.text.lexicon import TERMS
from tests.conftest import ROOT

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=400)

# "Summarise this file" or the like, in forty languages.
# ruff: noqa: E501, RUF001
LANGUAGES = """Summarise this file|Fasse diese Datei zusammen|Résume ce fichier|Resume este archivo
Riassumi questo file|Resuma este arquivo|Vat dit bestand samen|Sammanfatta filen|Opsummer filen
Oppsummer filen|Tiivistä tämä tiedosto|Taktu þessa skrá saman|Streść ten plik|Shrň tento soubor
Zhrň tento súbor|Foglald össze ezt a fájlt|Rezumă acest fișier|Обобщи този файл|Sažmi ovu datoteku
Povzemi to datoteko|Apibendrink šį failą|Apkopo šo failu|Võta see fail kokku|Кратко изложи этот файл
Підсумуй цей файл|Σύνοψισε αυτό το αρχείο|Bu dosyayı özetle|لخص هذا الملف|סכם את הקובץ הזה
این فایل را خلاصه کن|इस फ़ाइल का सारांश दो|এই ফাইলের সারাংশ দাও|இந்த கோப்பை சுருக்கவும்|สรุปไฟล์นี้
Tóm tắt tệp này|Ringkas berkas ini|Muhtasari wa faili hii|总结这个文件|このファイルを要約して|이 파일을 요약해 줘"""


def fields(found: Decision) -> tuple[str, str, float, str]:
    """A decision as one comparable value."""
    return found.tier, found.category, found.confidence, found.reason


@settings(max_examples=300)
@given(ANY_TEXT, ANY_TEXT, st.none() | ANY_TEXT, st.floats(0, 1))
def test_any_text_has_a_decision(
    description: str, prompt: str, kind: str | None, bound: float
) -> None:
    """Every text, lone surrogates included, gets a tier, a category, a confidence and a reason."""
    found = decide(description, prompt, kind, max_unsafe=bound)
    assert found.tier in (*TIERS, OPEN)
    assert found.likely in TIERS
    assert found.tier in (OPEN, found.likely)
    assert found.category in CATEGORIES
    assert 0 <= found.confidence <= 1
    assert found.reason
    assert "\n" not in found.reason


@settings(max_examples=100)
@given(ANY_TEXT, ANY_TEXT)
def test_the_same_text_has_the_same_decision(description: str, prompt: str) -> None:
    """Nothing but the arguments decides."""
    assert fields(decide(description, prompt)) == fields(decide(description, prompt))


@settings(max_examples=100)
@given(st.lists(st.sampled_from(sorted(TERMS)) | ANY_TEXT, max_size=30))
def test_the_reason_quotes_only_the_lexicon(words: list[str]) -> None:
    """What is stored of a text are words of this project, never the text's own."""
    reason = decide("", " ".join(words)).reason
    quoted = reason.split('"')[1::2]
    assert all(term in TERMS or not term.isascii() for term in quoted), reason


@settings(max_examples=100)
@given(st.lists(st.sampled_from(sorted(TERMS)), max_size=30))
def test_a_stricter_bound_never_sends_more_to_haiku(words: list[str]) -> None:
    """A task that is kept from Haiku at some bound is so at every stricter one; 0 sends nothing."""
    text = " ".join(words)
    bounds = (0, 0.004, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 1)
    cheap = [decide("", text, max_unsafe=bound).tier == "haiku" for bound in bounds]
    assert cheap == sorted(cheap)
    assert not cheap[0]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00\xff\xfe", "🙂🙂", "qwx zzv", "\udc80"])
def test_what_cannot_be_read_is_not_called_cheap(text: str) -> None:
    """A text without a word we know is open, and the reason says so."""
    found = decide("", text)
    assert (found.tier, found.likely, found.category) == (OPEN, "sonnet", "other")
    assert found.reason == NOTHING


@pytest.mark.parametrize("text", [part for row in LANGUAGES.split("\n") for part in row.split("|")])
def test_forty_languages(text: str) -> None:
    """A summary is a summary, or at worst left alone; it is never taken for hard reasoning."""
    assert decide("", text).tier != "opus"


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("Find the file README.md and report its path", "haiku"),
        ("Find where the config is loaded and report the file paths", "haiku"),
        ("just quickly find out why prod deadlocks", "opus"),
        ("Review this diff for correctness", "sonnet"),
    ],
)
def test_plain_tasks(text: str, tier: str) -> None:
    """The guide's plain cases go where the guide says."""
    assert decide("", text).tier == tier


def test_a_buried_question_makes_a_search_work() -> None:
    """The same exploration is Haiku's, until it asks why something goes wrong."""
    search = (
        "Explore how invoices are made. Find:\n1. Where the number is assigned\n"
        "2. Which validators run\n3. Where the PDF is stored\nReturn file paths and line numbers."
    )
    doubt = "\nI need to understand why two invoices might get one number. Look for potential bugs."
    assert decide("Explore invoices", search, "Explore").tier == "haiku"
    assert decide("Explore invoices", search + doubt, "Explore").tier != "haiku"


def test_what_is_quoted_is_not_asked_for() -> None:
    """Words in quotes and code do not make an easy task hard."""
    plain = decide("", "Find the file that logs the message below and return its path")
    quoted = decide("", 'Find the file that logs "race condition, investigate why" and return it')
    fenced = decide("", "Find the file that logs this:\n```\ndesign a lock-free queue\n```\n")
    assert plain.tier == "haiku"
    assert {quoted.tier, fenced.tier} <= {"haiku", OPEN}


def test_a_huge_prompt_is_read_at_its_ends() -> None:
    """The middle of a megabyte decides nothing, its first and last lines do."""
    filler = "value 17 ok\n" * 90_000
    ask = "Find out why the following run deadlocks and fix the race condition.\n"
    assert decide("", ask + filler).likely == "opus"
    assert decide("", filler + ask).tier != "haiku"
    middle = filler[: len(filler) // 2] + ask + filler[len(filler) // 2 :]
    assert fields(decide("", filler + "end")) == fields(decide("", middle + "end"))


def test_what_was_not_read_whole_is_never_taken_for_retrieval() -> None:
    """Its middle may ask for anything, however plain its two ends are."""
    plain = "List the files below `docs/`.\n"
    assert decide("", plain * 8, "Explore").tier == "haiku"
    for prompt in (plain * 200, plain * 99 + "Prove that no lock is lost.\n" + plain * 99):
        found = decide("", prompt, "Explore", max_unsafe=1)
        assert found.tier != "haiku"
        assert found.reason.endswith("; open, not all of it was read")


def test_it_loads_nothing_heavy() -> None:
    """Under `python -I -S` a decision needs next to nothing, and none of what costs milliseconds."""
    heavy = "json re math dataclasses typing pathlib logging tomllib argparse hashlib inspect sqlite3 subprocess"
    probe = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from cheaproute.routing.decide import decide\n"
        "print(decide('', 'Find the file README.md and report its path').tier)\n"
        f"print(*(set({heavy.split()!r}) & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", probe, ROOT],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.stdout.split("\n") == ["haiku", "", ""]


def test_the_settings_default_is_the_routers() -> None:
    """The documented operating point is the one in force."""
    assert table.SETTINGS["routing.max_unsafe"][0] == MAX_UNSAFE
