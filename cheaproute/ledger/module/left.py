"""What a model that does not answer a loop any more has of it in its cache."""

from __future__ import annotations

from cheaproute.ledger.module import loops

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.ledger.module.loops import Loop


def by(
    db: sqlite3.Connection,
    session: int,
    agent: str,
    loop: Loop,
    model: str,
    at_ms: int,
    told: int = 0,
) -> Loop:
    """`loop` as the last answer of `model` left it, as it is where that is cold at `at_ms`.

    `told`: the bytes of the next prompt, 0 for as many as the last.
    """
    if loop.warm(model, at_ms):
        return loop
    rows = db.execute(
        "SELECT ran, last_ms, ttl_s, bytes, prompt_tokens FROM loop_left"
        " WHERE session = ? AND agent = ?",
        (session, agent),
    )
    for ran, last_ms, ttl_s, size, prompt_tokens in rows:
        one = loops.Loop(
            ran=ran, last_ms=last_ms, ttl_s=ttl_s, bytes=size, prompt_tokens=prompt_tokens,
            output_tokens=loop.output_tokens,
        )  # fmt: skip
        had, has = (size, told or loop.bytes) if size else (prompt_tokens, loop.prompt_tokens)
        if one.warm(model, at_ms) and had * loops.CUT[0] <= has * loops.CUT[1]:
            return one
    return loop
