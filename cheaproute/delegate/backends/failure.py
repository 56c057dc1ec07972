"""What the SDK raised, as one line a user can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cheaproute.delegate.backends.request import NoCredentials, Unavailable, Unheard
from cheaproute.errors import DelegationError

if TYPE_CHECKING:
    from anthropic import APIStatusError

NO_CREDENTIALS = (
    "no credentials: set ANTHROPIC_API_KEY, or log in with `claude` and set "
    "`delegate.backend` to claude"
)
_STATUS = {
    400: "the API rejects the request",
    401: "the API does not accept these credentials: check ANTHROPIC_API_KEY",
    402: "the API asks for payment: check the account's billing",
    403: "these credentials may not do this: check the key's workspace",
    404: "the API does not know the model {model!r}: set `models.haiku`",
    413: "the request is too large for the API",
    429: "rate limit reached: wait {wait} and try again",
    529: "the API is overloaded: try again in a minute",
}
_PASSING = (408, 409, 429)
_KINDS = {401: "credentials", 403: "credentials", 429: "rate_limit", 529: "overloaded"}


def explain(error: Exception, model: str, url: str) -> DelegationError:
    """`error` of the SDK, said in one line. Anything the SDK does not raise is given back raised.

    `url` is the base URL, named where it could not be reached.
    """
    import anthropic
    import httpx2

    if isinstance(error, anthropic.APIStatusError):
        return status(
            error.status_code,
            model,
            detail=_detail(error),
            wait=_wait(error),
            wait_s=_wait_s(error),
        )
    cause = error.__cause__ or error
    # Whether the request has left: only a connection that never stood says that it has not.
    gone = Unavailable if isinstance(cause, _unmade()) else Unheard
    if isinstance(error, (anthropic.APITimeoutError, httpx2.TimeoutException)):
        return gone("no answer in time: try again, or raise `delegate.timeout_s`", "timeout")
    if isinstance(error, (anthropic.APIConnectionError, httpx2.TransportError)):
        said = _line(cause)
        if "CERTIFICATE_VERIFY_FAILED" in said:
            said += ": if your organization has a CA of its own, name it in NODE_EXTRA_CA_CERTS"
        return gone(f"cannot reach {url}: {said}", "connection")
    if isinstance(error, (anthropic.CredentialsError, TypeError)) and "auth" in str(error).lower():
        return NoCredentials(NO_CREDENTIALS)
    if isinstance(error, anthropic.APIResponseValidationError):
        return Unheard(f"the API's answer cannot be used: {_line(error)}", "unusable")
    if isinstance(error, anthropic.AnthropicError):
        return DelegationError(f"the API's answer cannot be used: {_line(error)}")
    raise error


def status(
    code: int,
    model: str,
    *,
    detail: str = "",
    wait: str = "a minute",
    wait_s: float | None = None,
) -> DelegationError:
    """The failure of HTTP status `code`."""
    words = _STATUS.get(code, "the API failed: try again" if code >= 500 else "the API refuses")
    said = f"{words.format(model=model, wait=wait)} ({code}{': ' if detail else ''}{detail})"
    if code in _PASSING or code >= 500:
        return Unavailable(said, _KINDS.get(code, "api_error"), wait_s)
    return NoCredentials(said) if _KINDS.get(code) == "credentials" else DelegationError(said)


def kind(error: Exception) -> str:
    """One word for what happened, as it is kept in the ledger."""
    if isinstance(error, Unavailable):
        return error.kind
    return "credentials" if isinstance(error, NoCredentials) else type(error).__name__.lower()


def _unmade() -> tuple[type[Exception], ...]:
    """What is raised before anything was sent."""
    import httpx2

    return (
        httpx2.ConnectError,
        httpx2.ConnectTimeout,
        httpx2.PoolTimeout,
        httpx2.ProxyError,
        httpx2.UnsupportedProtocol,
    )


def _wait_s(error: APIStatusError) -> float | None:
    """How long the API wants to be left alone; None where it does not say."""
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return max(0.0, float(headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    return None


def _wait(error: APIStatusError) -> str:
    after = error.response.headers.get("retry-after", "")
    return f"{after} s" if after.isdigit() else "a minute"


def _detail(error: APIStatusError) -> str:
    # What these say is clear; what a 400 or a 404 complains about is not.
    return "" if error.status_code in (401, 429, 529) else _line(error.api_message or "")


def _line(error: object) -> str:
    return " ".join(str(error).split())[:160]
