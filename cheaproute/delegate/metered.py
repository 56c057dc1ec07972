"""The only door to the API: every call is reserved, booked as it leaves, made exact by its answer.

What was given up may be billed all the same: its estimate stays in the books.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace

from cheaproute.cap import expected, reservations, sent
from cheaproute.delegate import attempts, chunks, likely
from cheaproute.delegate.backends.request import Backend, Interrupted, OnText, Reply, Request
from cheaproute.errors import CapReached
from cheaproute.ledger import intern
from cheaproute.ledger.calls.record import Place
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
        """What was spent so far, with estimates, nano-dollars; None where a price is unknown."""
        costs = [prices.cost_nano(call, self.prices) for call in self.calls]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    def pay(self, request: Request, on_text: OnText | None = None) -> Reply:
        """One call, made again where what stood in its way may have passed.

        Raises:
            CapReached: it was not made, for it could pass a cap.
            Withheld: it was not made, for there seems to be a secret in it.
            DelegationError: it was not made or failed; what it used is booked.
        """
        flight = self._flight(0, request)
        while True:
            try:
                reply = self.backend.send(self._leave(flight), on_text)
            except BaseException as error:
                self._fail(flight, error)
                if self._again(flight, error):
                    continue
                if isinstance(error.__cause__, KeyboardInterrupt):
                    raise error.__cause__ from None
                raise
            self._settle(flight, reply.call)
            return reply

    def pay_all(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Many calls, some at a time; `(index, reply)` as they come in.

        All are reserved before the first is made: either all can be paid or none is made. The
        first failure ends it; what the others used is booked.

        Raises:
            CapReached, DelegationError: as for `pay`.
        """
        waiting: deque[_Flight] = deque()
        running: dict[Future[Reply], _Flight] = {}
        try:
            for index, request in enumerate(requests):
                own = [flight.held for flight in waiting]
                waiting.append(self._flight(index, request, own))
            with ThreadPoolExecutor(PARALLEL) as pool:
                try:
                    while waiting or running:
                        while waiting and len(running) < PARALLEL:
                            asked = self._leave(waiting[0])  # here: the ledger is this thread's
                            running[pool.submit(self.backend.send, asked)] = waiting.popleft()
                        done, _ = wait(running, return_when=FIRST_COMPLETED)
                        for future in done:
                            flight = running.pop(future)
                            reply = self._collect(flight, future)
                            if reply is None:
                                waiting.append(flight)
                            else:
                                yield flight.index, reply
                finally:
                    # After a failure: what has begun is waited for, since it is paid for.
                    for future, flight in running.items():
                        flight.request = replace(flight.request, retries=0)
                        with suppress(Exception):
                            self._collect(flight, future)
        finally:
            for flight in waiting:
                reservations.release(self.db, flight.held)

    def _collect(self, flight: _Flight, future: Future[Reply]) -> Reply | None:
        """The reply of a call that has ended, booked; None where it is to be made again."""
        try:
            reply = future.result()
        except BaseException as error:
            self._fail(flight, error)
            if self._again(flight, error):
                return None
            raise
        self._settle(flight, reply.call)
        return reply

    def _leave(self, flight: _Flight) -> Request:
        """What is sent next, booked already: so it is in the books whatever becomes of us.

        Raises:
            Unavailable: its time is over; it is not sent, and nothing is held for it.
        """
        self.backend.prepare()
        flight.request = attempts.begun(flight.request)
        request = attempts.in_time(flight.request)
        place = Place(DELEGATED, session=self._session_id(), project=self._project_id())
        call = likely.call(
            self.db, self._kind(request), self.purpose, flight.bound, self._letters(request)
        )
        flight.estimate = sent.leave(self.db, flight.held, call, place, self.prices)
        flight.tries += 1
        return request

    def _again(self, flight: _Flight, error: BaseException) -> bool:
        """Whether a call that failed is made again: after a while, within its time and the cap."""
        pause = attempts.again_in(flight.request, error, flight.tries)
        if pause is None:
            return False
        time.sleep(pause)
        try:
            flight.held, flight.bound = self._reserved(flight.request, flight.tokens)
        except CapReached:
            return False
        return True

    def _flight(self, index: int, request: Request, own: Collection[int] = ()) -> _Flight:
        """Set aside the most that the call may cost, its prompt counted where that does not fit.

        Others that hold what is left are waited for, as long as the call itself may take.
        """
        chunks.clear(request)
        tokens = request.tokens or chunks.measure(request, self.backend)
        try:
            held, bound = self._reserved(request, tokens, own)
        except CapReached:
            counted = self.backend.count(request)
            if counted is not None:
                tokens = min(tokens, counted + self.backend.overhead_tokens)
            held, bound = self._reserved(request, tokens, own, wait_s=request.timeout_s)
        return _Flight(index, request, tokens, held, bound)

    def _reserved(
        self, request: Request, tokens: int, own: Collection[int] = (), wait_s: float = 0.0
    ) -> tuple[int, Call]:
        """The reservation, and the dearest call that it is for."""
        bound = chunks.worst(request, tokens, self.backend)
        bound.ts_ms = self.now_ms()
        bound.output = expected.likely_output(self.db, self.purpose, bound.output)
        held = reservations.reserve(
            self.db,
            prices.cost_nano(bound, self.prices) or 0,
            self.purpose,
            bound.ts_ms,
            session_id=self._session_id(),
            wait_s=wait_s,
            own=own,
        )
        return held, bound

    def _settle(self, flight: _Flight, call: Call) -> None:
        self.calls.append(call)
        reservations.settle(
            self.db,
            flight.held,
            call,
            source=DELEGATED,
            session_id=self._session_id(),
            project_id=self._project_id(),
            prices=self.prices,
            estimate=flight.estimate.id if flight.estimate else "",
        )
        if call.final:
            kind = self._kind(flight.request)
            likely.learn(self.db, kind, call, self._letters(flight.request))

    def _fail(self, flight: _Flight, error: BaseException) -> None:
        """Book what is known of a call that failed; what may have been billed stays an estimate."""
        estimate, flight.estimate = flight.estimate, None
        if isinstance(error, Interrupted):
            flight.estimate = estimate
            self._settle(flight, error.call)
        elif estimate is None or not attempts.may_be_billed(error):
            sent.take_back(self.db, flight.held, estimate.id if estimate else "")
        else:
            reservations.release(self.db, flight.held)
            self.calls.append(estimate)

    def _kind(self, request: Request) -> str:
        return f"{self.purpose}.{self.backend.name}.{request.model}"

    def _letters(self, request: Request) -> int:
        return chunks.bound(request, self.backend)

    def _session_id(self) -> int:
        return intern.session_id(self.db, self.session)

    def _project_id(self) -> int:
        return intern.project_id(self.db, self.project)


@dataclass
class _Flight:
    """One call on its way: what is held for it, the most it can be, how it is booked."""

    index: int
    request: Request
    tokens: int
    held: int
    bound: Call
    estimate: Call | None = None
    tries: int = 0
