"""The only door to the API: every call is reserved before, and booked after it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field

from cheaproute.cap import expected, reservations
from cheaproute.delegate import chunks
from cheaproute.delegate.backends.request import Backend, Interrupted, OnText, Reply, Request
from cheaproute.errors import CapReached
from cheaproute.ledger import intern
from cheaproute.ledger.schema import DELEGATED
from cheaproute.usage import prices
from cheaproute.usage.call import Call

# Calls in flight at once: quick for a file of a few parts, gentle on a rate limit.
PARALLEL = 4


@dataclass
class Purse:
    """Where delegated calls are paid from. `purpose` is one word: `ask`, `ping`, `digest`.

    `session` is the Claude Code session it is done for, "" for none; `project` its directory.
    """

    db: sqlite3.Connection
    backend: Backend
    prices: prices.Prices
    purpose: str
    now_ms: Callable[[], int]
    session: str = ""
    project: str = ""
    calls: list[Call] = field(default_factory=list)

    @property
    def nano(self) -> int | None:
        """What was spent so far, nano-dollars; None where a price is unknown."""
        costs = [prices.cost_nano(call, self.prices) for call in self.calls]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    def pay(self, request: Request, on_text: OnText | None = None) -> Reply:
        """One call.

        Raises:
            CapReached: it was not made, for it could pass a cap.
            Withheld: it was not made, for there seems to be a secret in it.
            DelegationError: it was not made or failed; what it used is booked.
        """
        reservation = self._reserve(request)
        try:
            reply = self.backend.send(request, on_text)
        except BaseException as error:
            self._fail(reservation, error)
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise error.__cause__ from None
            raise
        self._settle(reservation, reply.call)
        return reply

    def pay_all(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Many calls, some at a time; `(index, reply)` as they come in.

        All are reserved before the first is made: either all can be paid or none is made. The
        first failure ends it; what the others used is booked.

        Raises:
            CapReached, DelegationError: as for `pay`.
        """
        held: list[int] = []
        try:
            for request in requests:
                held.append(self._reserve(request, held))
        except BaseException:
            for reservation in held:
                reservations.release(self.db, reservation)
            raise
        with ThreadPoolExecutor(PARALLEL) as pool:
            running: dict[Future[Reply], int] = {
                pool.submit(self.backend.send, request): index
                for index, request in enumerate(requests)
            }
            try:
                while running:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        index = running.pop(future)
                        yield index, self._collect(held[index], future)
            finally:
                # After a failure: what has begun is waited for, since it is paid for.
                for future in running:
                    future.cancel()
                for future, index in running.items():
                    with suppress(Exception):
                        self._collect(held[index], future)

    def _collect(self, reservation: int, future: Future[Reply]) -> Reply:
        """The reply of a call that has ended, booked."""
        try:
            reply = future.result()
        except BaseException as error:
            self._fail(reservation, error)
            raise
        self._settle(reservation, reply.call)
        return reply

    def _reserve(self, request: Request, own: Collection[int] = ()) -> int:
        """Set aside what the call is likely to cost, its prompt counted where that does not fit.

        Others that hold what is left are waited for, as long as the call itself may take.
        """
        chunks.clear(request)
        tokens = request.tokens or chunks.measure(request, self.backend)
        try:
            return self._reserved(request, tokens, own)
        except CapReached:
            counted = self.backend.count(request)
            if counted is not None:
                tokens = min(tokens, counted + self.backend.overhead_tokens)
            return self._reserved(request, tokens, own, wait_s=request.timeout_s)

    def _reserved(
        self, request: Request, tokens: int, own: Collection[int], wait_s: float = 0.0
    ) -> int:
        likely = chunks.worst(request, tokens, self.backend)
        likely.ts_ms = self.now_ms()
        likely.output = expected.likely_output(self.db, self.purpose, likely.output)
        return reservations.reserve(
            self.db,
            prices.cost_nano(likely, self.prices) or 0,
            self.purpose,
            likely.ts_ms,
            session_id=intern.session_id(self.db, self.session),
            wait_s=wait_s,
            own=own,
        )

    def _settle(self, reservation: int, call: Call) -> None:
        self.calls.append(call)
        reservations.settle(
            self.db,
            reservation,
            call,
            source=DELEGATED,
            session_id=intern.session_id(self.db, self.session),
            project_id=intern.project_id(self.db, self.project),
            prices=self.prices,
        )

    def _fail(self, reservation: int, error: BaseException) -> None:
        if isinstance(error, Interrupted):
            self._settle(reservation, error.call)
        else:
            reservations.release(self.db, reservation)
