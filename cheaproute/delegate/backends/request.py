"""What goes to the model and what comes back, whichever backend carries it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cheaproute.errors import DelegationError
from cheaproute.usage.call import Call

OnText = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model. `max_tokens` bounds the answer, thinking included.

    `timeout_s` is the time for all of it, retries included; `until_s` (0: none) the moment, of the
    monotonic clock, past which no answer is of use. `retries` are the purse's: a backend sends
    once. `think` lets the model reason before it
    answers; not every model can be told not to. `tokens` is the most the prompt can be, where that
    has been found out already. `cleared`: every text in it has passed `secrets.gate` as a whole;
    what has not passes it before it is counted or sent.
    """

    model: str
    system: str
    prompt: str
    max_tokens: int
    timeout_s: float
    think: bool = True
    retries: int = 2
    tokens: int = 0
    cleared: bool = False
    until_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the call as the ledger wants it. `stop_reason` is the API's word."""

    text: str
    call: Call
    stop_reason: str
    latency_ms: int


def least_tokens(text: str) -> int:
    """The tokens of an answer so far, at least nearly always: prose has four bytes a token."""
    return len(text.encode("utf-8", "surrogatepass")) // 4


class Interrupted(DelegationError):
    """The answer broke off after it had begun: `call` is what it is known to have used."""

    def __init__(self, message: str, call: Call) -> None:
        super().__init__(message)
        self.call = call


class Refused(Interrupted):
    """The model declined to answer; the call is still paid for."""


class NoCredentials(DelegationError):
    """There is nothing to authenticate with."""


class Unavailable(DelegationError):
    """The API was not reached, not in time, or is too busy; `kind` is one word for statistics.

    It may pass; after `wait_s`, where the API says so.
    """

    def __init__(self, message: str, kind: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.wait_s = wait_s


class Unheard(Unavailable):
    """The call was sent and no answer was read: it may be billed all the same."""


class Backend(Protocol):
    """A way to reach a model."""

    name: str
    # The most tokens the way itself adds to a prompt.
    overhead_tokens: int
    # Whether the prompt is billed as a cache write.
    writes_cache: bool

    def prepare(self) -> None:
        """Do what takes time before anything can be sent; the time of a call begins afterwards.

        Raises:
            DelegationError: nothing can be sent.
        """

    def send(self, request: Request, on_text: OnText | None = None) -> Reply:
        """The answer to one call; `on_text` is given its pieces as they come.

        Raises:
            Interrupted: it broke off or was refused; Unheard: what it used is not known.
            DelegationError: any other: the call was not made, or is not billed.
        """

    def count(self, request: Request) -> int | None:
        """The tokens of the prompt; None where this cannot be asked for free."""
