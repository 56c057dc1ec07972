"""What can go wrong in a way the user can mend: each error is one line, and knows its exit code."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class CheaprouteError(Exception):
    """An expected failure. The message names what, where and what to do, in one line."""

    exit_code = 1


def of_the_code(error: Exception) -> bool:
    """Whether it says that a file of ours is damaged or half updated, whatever it was given."""
    if isinstance(error, AttributeError):
        return isinstance(error.obj, type(sys))  # a module lacks a name
    code = isinstance(error, (NameError, ImportError, SyntaxError))
    return code and not isinstance(error, UnboundLocalError)


class UsageError(CheaprouteError):
    """The command line's words are off."""

    exit_code = 2


def near(word: str, names: Iterable[str], least: float = 0.65) -> str:
    """The one of `names` that `word` may be a slip of, alike to a share of `least`; "" for none."""
    import difflib  # only where something was mistyped

    return next(iter(difflib.get_close_matches(word, list(names), 1, least)), "")


class ConfigError(CheaprouteError):
    """A setting is missing, unknown or of the wrong kind; the message names its key and file."""


class LibraryMissing(CheaprouteError):
    """A library is not there; `what` says which and for what, and the message how to get it."""

    def __init__(self, what: str, way: str = "run `cheaproute setup`") -> None:
        super().__init__(f"{what}: {way}")
        self.what = what


class NoHome(CheaprouteError):
    """Nobody knows where the user's files are: no HOME, no word of the password database."""


class LedgerError(CheaprouteError):
    """The ledger cannot be opened or trusted; the message names the file and the way out."""

    # One word of `kinds`, where it is known what kind of trouble it is.
    kind = ""


class LedgerBusy(LedgerError):
    """Other processes wrote without a pause for longer than we may wait; nothing is broken."""


class DelegationError(CheaprouteError):
    """A delegated call was not made or did not succeed."""


class CapReached(CheaprouteError):
    """The call would pass the user's cap; it was not made."""

    exit_code = 4
