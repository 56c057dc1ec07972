"""Dollars as people write them, to and from integer nano-dollars; counts and shares beside them."""

from __future__ import annotations

from cheaproute.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

NANO = 1_000_000_000
MOST = 1_000_000 * NANO  # more is a slip of the finger


def parse(text: str) -> int:
    """The nano-dollars of an amount above zero: `5`, `$5`, `5 USD`, `1_000`, `1,000.50`, `2.5e1`.

    Raises:
        UsageError: not a number, not finite, not above zero, or unclear (`1,5`, `1.000`).
    """
    word = text.strip().removesuffix("USD").removesuffix("usd").strip().removeprefix("$").strip()
    if "," in word:
        word = _without_commas(word, text)
    elif _is_unclear(word):
        raise UsageError(f"{text!r} is unclear: write {word.replace('.', '')} or {float(word):.2f}")
    try:
        dollars = float(word)
    except ValueError:
        raise UsageError(f"{text!r} is not an amount of dollars: write 5 or 12.50") from None
    if not abs(dollars) * NANO <= MOST:  # nan too
        raise UsageError(f"{text!r} is not an amount of dollars up to {show(MOST)}")
    nano = round(dollars * NANO)
    if nano <= 0:
        shell = "" if text.strip("0") else "; `$50` is written 50: a shell reads the $5 itself"
        said = f"{text!r} is not above zero (no cap at all: `cheaproute cap unset`{shell})"
        raise UsageError(said)
    return nano


def is_amount(text: str) -> bool:
    """Whether `parse` takes it."""
    try:
        return parse(text) > 0
    except UsageError:
        return False


def is_meant(text: str) -> bool:
    """Whether it is meant as an amount, though `parse` may find it unclear: `12,50`."""
    word = text.strip().lower().removesuffix("usd").strip().lstrip("$€").strip()
    return word[:1].isdecimal() and not word.strip("0123456789.,_")


def show(nano: int) -> str:
    """The amount in dollars: cents, or two digits that count where cents would hide it."""
    sign, nano = ("-", -nano) if nano < 0 else ("", nano)
    if nano == 0 or nano >= NANO // 10:
        return f"{sign}${nano / NANO:,.2f}"
    places = next((n for n in range(3, 9) if nano >= 10 ** (10 - n)), 9)
    digits = f"{nano / NANO:.{places}f}"
    return f"{sign}${digits[:4]}{digits[4:].rstrip('0')}"


def exact(nano: int) -> str:
    """As `show` with every digit there is: a limit that was set is told as it was set."""
    dollars, _, cents = plain(nano).partition(".")
    return f"${int(dollars):,}.{cents:0<2}"


def change(saved_nano: int) -> str:
    """What the bill changes by: `saved $0.06`, `cost $0.06 more`, "" for nothing."""
    if saved_nano < 0:
        return f"cost {show(-saved_nano)} more"
    return f"saved {show(saved_nano)}" if saved_nano else ""


def less(saved: int, whole: int = 0) -> str:
    """What a bill comes down by, or goes up by, in words: `$3.10 less`, `6 % more` of a `whole`."""
    return f"{_size(saved, whole)} {'more' if saved < 0 else 'less'}"


def less_range(low: int, high: int, whole: int = 0) -> str:
    """Between what it lies: `3 % to 5 %` less; in words where an end is `from 5 % more`."""
    if low < 0 or high < 0:
        ends = dict.fromkeys((less(low, whole), less(high, whole)))
        return f"from {' to '.join(ends)}" if len(ends) > 1 else " ".join(ends)
    sizes = (_size(low, whole), _size(high, whole))
    return " to ".join(dict.fromkeys(sizes) if whole else sizes)


def _size(nano: int, whole: int) -> str:
    return share(abs(nano), whole) if whole else show(abs(nano))


def marked(nano: int, unpriced: int, *, lower: bool = False) -> str:
    """An amount with its marks: `≥$1.20` is a lower bound, `$1.20+` lacks unknown prices."""
    return f"{'≥' if lower else ''}{show(nano)}{'+' if unpriced else ''}"


def bound(text: str, partial: int = 0) -> str:
    """What the mark of a lower bound says, a sentence; "" where `text` bears none.

    `partial`: how many calls of the whole lack their final row, where it bears the mark itself.
    """
    if "≥" not in text:
        return ""
    if not partial:
        return "≥ means at least: missing 1 in 200 answers, a request or a compaction."
    calls = plural(partial, "call")
    return f"≥ means at least: of {calls} only the start of the answer is on record."


def given_up(requests: int, nano: int) -> str:
    """What a sum lacks of so many requests, likely `nano`, a sentence; "" for none."""
    if not requests:
        return ""
    was, its, it = ("was", "its", "it") if requests == 1 else ("were", "their", "they")
    return (
        f"{plural(requests, 'request')} {was} broken off before {its} first word: nobody is told "
        f"what {it} cost, likely about {rough(nano)}."
    )


def rough(nano: int) -> str:
    """An amount that is no more than likely: two digits, whole dollars from ten on."""
    step = max(1, 10 ** (len(str(nano)) - 2))
    nano = (nano + step // 2) // step * step
    return f"${nano // NANO:,}" if nano >= 10 * NANO else show(nano)


def usd(nano: int | None) -> float | None:
    """Dollars as a number: 16 digits carry nano-dollars up to ten million dollars."""
    return None if nano is None else nano / NANO


def plain(nano: int) -> str:
    """The amount as a command takes it: `10`, `0.05`."""
    return f"{nano / NANO:.9f}".rstrip("0").rstrip(".")


def typed(nano: int) -> str:
    """As `plain`, and never what `parse` finds unclear."""
    word = plain(nano)
    return f"{word}0" if _is_unclear(word) else word


def plural(number: int, noun: str, several: str = "") -> str:
    """`1 call`, `2,227 calls`."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def share(part: int, whole: int) -> str:
    """`part` of `whole` in percent, "" of nothing; neither 0 % nor 100 % unless it is."""
    return in_percent(round(100 * part / whole), part, whole) if whole > 0 else ""


def share_marked(mark: str, said: str) -> str:
    """A share in words with its mark, where it is a number: `≥3 %`, but `<1 %`."""
    return f"{mark}{said}" if said[:1].isdecimal() else said


def in_percent(percent: int, part: int, whole: int) -> str:
    """`percent`, which `part` is of `whole`, in words; "" of nothing."""
    if whole <= 0:
        return ""
    if percent == 0 and part > 0:
        return "<1 %"
    if percent == 100 and part < whole:
        return ">99 %"
    return f"{percent} %"


def percents(parts: Sequence[int], whole: int) -> list[int]:
    """What each part is of `whole`: those of half a percent and more add up to what they are of it.

    Of 33.5, 33.1, 19.6 and 13.8 the largest rests go up: 33, 33, 20, 14.
    """
    if whole <= 0:
        return [0 for _ in parts]
    found = [100 * part // whole for part in parts]
    large = [at for at, part in enumerate(parts) if 200 * part >= whole]
    missing = round(100 * sum(parts[at] for at in large) / whole) - sum(found[at] for at in large)
    large.sort(key=lambda at: -(100 * parts[at] % whole))
    for at in large[:missing]:
        found[at] += 1
    return found


def _is_unclear(word: str) -> bool:
    """Whether half of the world reads a thousand where the other half reads one: `1.000`."""
    whole, _, cents = word.partition(".")
    return (
        len(cents) == 3 and len(whole) <= 3 and whole.isdecimal() and cents.isdecimal()
        and int(whole) > 0
    )  # fmt: skip


def _without_commas(word: str, text: str) -> str:
    """Commas read as thousands where they can only be that."""
    whole, _, cents = word.partition(".")
    if "," in cents:  # `2.500,00`
        word = word.replace(".", "")
        raise UsageError(f"{text!r} is unclear: write {word.replace(',', '.', 1)} with a point")
    head, *groups = whole.split(",")
    if not (0 < len(head) <= 3 and head.isdigit() and all(len(g) == 3 for g in groups)):
        raise UsageError(f"{text!r} is unclear: write {word.replace(',', '.', 1)} with a point")
    return word.replace(",", "")
