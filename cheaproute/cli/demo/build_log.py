"""The bulk file of the demo: a build's log, the same each time."""

from __future__ import annotations

LINES = 1_400
# The lines that matter, by number.
TOLD = {
    611: "2026-11-20T14:06:11Z WARN  stock.cache lock order differs: cart before stock",
    902: "2026-11-20T14:09:02Z ERROR jobs.expire deadlock detected after 30.0 s: stock before cart",
    903: "2026-11-20T14:09:02Z ERROR jobs.expire holder=expire-3 waiter=checkout-17",
}


def text() -> str:
    """The log."""
    return "".join(
        TOLD.get(n, f"2026-11-20T14:{n // 60 % 60:02d}:{n % 60:02d}Z INFO  build step {n} ok")
        + "\n"
        for n in range(1, LINES + 1)
    )


def numbered() -> str:
    """The log as the main model would read it."""
    lines = text().removesuffix("\n").split("\n")
    return "\n".join(f"{number}\t{line}" for number, line in enumerate(lines, 1))


def digest() -> str:
    """What Haiku says about it."""
    quotes = "\n".join(f"L{number}: {line}" for number, line in TOLD.items())
    return (
        "WHAT: the log of one build of 2026-11-20, 1,400 lines of steps that went well.\n"
        "FINDINGS: one warning about the order of two locks, then one deadlock of the expiry job.\n"
        f"QUOTES:\n{quotes}"
    )


# Placeholders in the recording, which would otherwise hold the log twice.
TEXTS = {"numbered": numbered, "log": text}
