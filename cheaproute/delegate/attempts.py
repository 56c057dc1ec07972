"""Whether a call may still be sent, or sent again: what cannot be used is not paid for."""

from __future__ import annotations

import time
from dataclasses import replace

from cheaproute.delegate.backends.request import Request, Unavailable, Unheard
from cheaproute.errors import DelegationError

# With less of its time left than this share, or than so many seconds, no answer comes any more.
_SHARE, _ENOUGH_S = 4, 5.0
_PAUSE_S = 0.5  # before the second try; it doubles


def begun(request: Request) -> Request:
    """`request` with the moment at which its time is over."""
    return request if request.until_s else replace(request, until_s=_now() + request.timeout_s)


def in_time(request: Request) -> Request:
    """`request` with the time that is left for it.

    Raises:
        Unavailable: that is too little to be answered in.
    """
    left = request.until_s - _now()
    if left < _least(request):
        raise Unavailable("no time is left for it", "timeout")
    return replace(request, timeout_s=min(left, request.timeout_s))


def again_in(request: Request, error: BaseException, tries: int) -> float | None:
    """How many seconds after `error` the call is made again; None if it is not.

    `tries` were made. What the API wants to wait for is waited for, if the time allows it.
    """
    if not isinstance(error, Unavailable) or tries > request.retries:
        return None
    pause = _PAUSE_S * 2 ** (tries - 1) if error.wait_s is None else error.wait_s
    return pause if _now() + pause + _least(request) <= request.until_s else None


def may_be_billed(error: BaseException) -> bool:
    """Whether a call that ended in `error`, before its answer had begun, may be billed.

    What the API refused, and what never left, is not; in doubt it is.
    """
    if isinstance(error, (DelegationError, UnicodeEncodeError)):
        return isinstance(error, Unheard)
    return True


def _least(request: Request) -> float:
    return min(request.timeout_s / _SHARE, _ENOUGH_S)


def _now() -> float:
    return time.monotonic()
