"""After an easy turn hard reasoning stays on the own model, and everyday work is not raised."""

from __future__ import annotations

import pytest

from cheaproute.routing.turns import TurnState, decide_turn

BEFORE = "I've added the flag and updated the help text. All tests pass."
HARD = """\
design the architecture of a distributed consensus system with exactly-once delivery
redesign the module layout so that plugins can run in processes of their own, and plan the migration
prove that the lock-free queue design is linearizable, hard concurrency problem
find the root cause of the deadlock between the writer and the compaction thread
do a security review of the whole authentication flow and list what an attacker could do
plan the migration from one database to a shard per tenant without downtime
work out why two nodes can both believe they are leader after a partition
architect the offline sync for the mobile clients, including conflict resolution
come up with an algorithm that keeps the top k of a stream with deletions in bounded memory
there's a memory leak somewhere between the decoder and the cache, nobody found it, track it down
audit the payment code for anything that could lose or duplicate money
make the scheduler fair under contention and prove that no task starves
refactor the storage layer to event sourcing while all the invariants keep holding
figure out the race that makes the integration tests fail once in 200 runs
think through the threat model of the plugin system and propose a sandbox
design a schema migration strategy for zero-downtime deploys across 40 services
how could a replayed webhook corrupt the ledger? go through every path
derive the complexity of the new matcher and find its worst case
data is silently corrupted when a node restarts during a rebalance, find out how
the replication lag grows without bound under write bursts although disk and network idle
design the cache invalidation between the three regions, stale reads of at most one second
check whether our crypto use is sound: nonces, key rotation, downgrade attacks
write a formal spec of the lease protocol and check it for safety and liveness
entwirf die Architektur für die Mandantentrennung über alle Dienste
finde die Ursache der sporadischen Deadlocks zwischen Import und Abrechnung
conçois l'architecture de la réplication entre les deux centres
trouve la cause première des pertes de messages lors des bascules
diseña la arquitectura de un sistema de colas con entrega exactamente una vez
encuentra la causa raíz de la condición de carrera en el planificador
progetta la migrazione a microservizi senza interruzioni
спроектируй архитектуру репликации между тремя дата-центрами
найди первопричину гонки между планировщиком и кэшем
设计一个跨地域的一致性方案,允许单机房故障
找出并发写入时数据损坏的根本原因
分散ロックの設計を見直し、安全性を証明してください
세 서비스에 걸친 데이터 불일치의 근본 원인을 찾아 주세요
"""
EASY = """\
rename the function to load_orders
add a test for the empty list
commit and push
show me the last 20 lines of the log
change the button's colour to green
format the file
what does this flag do?
add a --verbose option to the cli
update the readme with the new option
move the helper to utils.py
write a docstring for parse
bump the version to 1.4.2
make the date format configurable
list the endpoints we have
run the linter and fix what it says
add a column for the phone number
sort the table by name
translate the error messages to German
use a set instead of a list there
remove the debug prints
the label is cut off on small screens, fix that
add logging to the importer
write a unit test for the tax calculation
sum up what you changed
open a PR with a short description
replace the deprecated call
validate the e-mail field
print the total at the end
mach die Überschrift kleiner
füge einen Test hinzu
was macht diese Funktion?
ajoute un champ pour le téléphone
renomme le fichier
cambia el texto del botón
añade una prueba
aggiungi un commento
переименуй переменную
加一个单元测试
テストを追加して
커밋해줘
"""


@pytest.mark.parametrize("text", HARD.splitlines())
def test_hard_reasoning_after_an_easy_turn(text: str) -> None:
    """Whatever came before, in every way it may stand: a person writes it as they like."""
    for written in (text, f"ok. {text[0].upper()}{text[1:]}.", f"{text}, please"):
        for before in (BEFORE, ""):
            assert decide_turn(written, before, TurnState("sonnet")).tier == "opus"


@pytest.mark.parametrize("text", EASY.splitlines())
def test_everyday_work_is_not_raised(text: str) -> None:
    """It stays with the task at hand, or goes where its words say."""
    assert decide_turn(text, BEFORE, TurnState("sonnet")).tier != "opus"


def test_what_is_to_be_designed_is_in_doubt() -> None:
    """It may be a button or a protocol: neither is surely everyday work."""
    found = decide_turn("design the login page, and the links on it", BEFORE, TurnState("sonnet"))
    assert found.is_open or found.tier == "opus"
    assert found.reason.startswith(("in doubt: ", "hard: "))
    assert not decide_turn("make the login page blue", BEFORE, TurnState("sonnet")).is_open


def test_a_turn_says_why() -> None:
    """The grade, then the words of our own lexicon that speak for it; what goes on says so."""
    found = decide_turn("Find the deadlock between the two Zanzibar workers", BEFORE)
    assert found.reason.startswith("hard: debug: says ")
    assert "zanzibar" not in found.reason.lower()
    assert decide_turn("yes", "Shall I start?", TurnState("opus")).reason == "hard, as before"
    lookup = decide_turn("find all the usages of the cache in the payment code and list them")
    assert (lookup.tier, lookup.reason) == ("opus", 'in doubt: search: says "find"')
    again = decide_turn("still not working, same error", "Fixed it.", TurnState("sonnet", 1))
    assert again.reason == "hard: twice in a row it did not work"
