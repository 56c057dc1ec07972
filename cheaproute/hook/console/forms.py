"""The forms that a command typed as a prompt may take, from the first word to the last."""

from __future__ import annotations

from cheaproute.report.terminal import phrase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEYS = phrase.KEYS
# Words that stand for themselves; capitals for what varies; [option] or [option VALUE] in any
# order, each at most once. TEXT is one quoted text.
FORMS = (
    "help", "help COMMAND", "--help", "--version",
    "costs SPAN [--by KEY] [--project NAME] [--since DAY] [--until DAY] [--month MONTH]",
    "costs --explain",
    "why [--last]", "why ID", "flag ID VERDICT",
    "cap [--json]", "cap show [--json]", "cap --help",
    "cap set AMOUNT [--day AMOUNT] [--session AMOUNT]",
    "cap set [--month AMOUNT] [--day AMOUNT] [--session AMOUNT]",
    "cap set AMOUNT PERIOD", "cap set PERIOD AMOUNT", "cap set AMOUNT a PERIOD",
    "cap set AMOUNT per PERIOD", "cap set RATE", "cap unset PERIOD", "cap raise AMOUNT PERIOD",
    "cap raise AMOUNT [--month] [--day] [--session] [--session ID] [--until-reset] [--for-good]",
    "cap raise [--month AMOUNT] [--day AMOUNT] [--until-reset] [--for-good]",
    "cap raise AMOUNT --session ID [--month AMOUNT] [--day AMOUNT] [--until-reset] [--for-good]",
    "cap finish AMOUNT [--session ID]", "cap finish", "cap unset [--month] [--day] [--session]",
    "cap suggest [--apply]", "cap suggest --json", "cap raise", "limits",
    "plan", "plan show STEP", "plan SPAN", "plan [--since DAY]",
    "tune", "tune [--days ID] [--backtest]", "mode",
    "route TEXT", "routing", "routing off", "routing on", "routing show",
    "prices [--all]", "config", "config show", "config path", "config get SETTING",
    "doctor", "import", "ledger check",
    "setup command --yes", "report SPAN [--open] [--since DAY]", "sync [--status]",
)  # fmt: skip

NAMES = frozenset(form.split()[0] for form in FORMS if form[0] != "-")
_HELP = ("--help", "-h")


def recognised(words: Sequence[str]) -> bool:
    """Whether `words` are one of `FORMS`, from the first to the last."""
    helps = len(words) == 2 and (
        (words[1] == "help" and words[0] in NAMES) or (words[1] in _HELP and words[0].isalpha())
    )
    return helps or any(matches(form, words) for form in FORMS)


def matches(form: str, words: Sequence[str]) -> bool:
    """Whether `words` are of `form`, from the first to the last."""
    fixed, options = _parts(form.split())
    rest = list(words)
    used = []
    for at in range(len(rest) - 1, -1, -1):
        if not rest[at].startswith("--") or rest[at] in fixed:
            continue
        option = rest[at]
        value = rest[at + 1] if at + 1 < len(rest) else ""
        if option in used or option not in options:
            return False
        kind = next((k for k in options[option] if k and value and _is(k, value)), "")
        if not kind and "" not in options[option]:
            return False
        used.append(option)
        del rest[at : at + 1 + bool(kind)]
    for at, part in enumerate(fixed):
        if part == "SPAN":
            return _is("SPAN", " ".join(rest[at:]))
        if at >= len(rest) or not (_is(part, rest[at]) if part.isupper() else part == rest[at]):
            return False
    return len(rest) == len(fixed)


def _parts(form: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    """The words in their places, and the options with what may follow each ("" for nothing)."""
    fixed: list[str] = []
    options: dict[str, list[str]] = {}
    for at, word in enumerate(form):
        if word.startswith("["):
            bare = word.endswith("]")
            kinds = options.setdefault(word.strip("[]"), [])
            kinds.append("" if bare else form[at + 1].rstrip("]"))
        elif not word.endswith("]"):
            fixed.append(word)
    return fixed, options


def _is(kind: str, word: str) -> bool:
    return _KINDS[kind](word)


def is_span(word: str) -> bool:
    """Whether it is a span of days by itself, `october`."""
    return _is("SPAN", word)


def _amount(word: str) -> bool:
    from cheaproute import money

    return money.is_amount(word)


def _period(word: str) -> bool:
    from cheaproute.cap import periods

    return word in periods.WORDS


def _rate(word: str) -> bool:
    """Whether it is `30/day`."""
    amount, slash, period = word.partition("/")
    return bool(slash) and _amount(amount) and _period(period)


def _setting(word: str) -> bool:
    from cheaproute.config import table

    return any(key == word or key.startswith(word + ".") for key in table.SETTINGS)


_KINDS: dict[str, Callable[[str], bool]] = {
    "AMOUNT": _amount,
    "PERIOD": _period,
    "RATE": _rate,
    "ID": phrase.is_id,
    "COMMAND": lambda text: text.replace("-", "").isalpha(),
    "SETTING": _setting,
    "SPAN": lambda text: phrase.view(f"/costs {text}") is not None,
    "DAY": lambda text: phrase.view(f"/costs since {text}") is not None,
    "MONTH": lambda text: phrase.view(f"/costs {text}") is not None,
    "KEY": lambda text: text in KEYS,
    "STEP": lambda text: text.replace("-", "").isalnum() and len(text) < 40,
    "NAME": lambda text: not text.startswith("-"),
    "TEXT": lambda text: " " in text,
    "VERDICT": lambda text: text in ("good", "bad", "none"),
}  # fmt: skip
