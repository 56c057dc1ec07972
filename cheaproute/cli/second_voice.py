"""`route --ask`: Haiku is asked about a task whose text is open, for pay, and not twice."""

from __future__ import annotations

from cheaproute.cli import model_calls
from cheaproute.cli.context import Context
from cheaproute.delegate.backends.request import Request
from cheaproute.delegate.metered import Purse
from cheaproute.errors import CapReached, CheaprouteError
from cheaproute.ledger.calls import voices
from cheaproute.routing import fingerprint, reader
from cheaproute.routing.decision import OPEN, Decision
from cheaproute.usage.purposes import READER

_TIMEOUT_S = 10


class SecondVoice:
    """Asks, and remembers what was said; credentials are looked for at the first question."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._purse: Purse | None = None

    def hear(self, found: Decision, description: str, prompt: str, kind: str | None) -> Decision:
        """The decision with Haiku's voice where its text is open; what fails leaves it open.

        Raises:
            NoCredentials: there is no way to call a model.
            CapReached: nothing more may be spent.
        """
        if found.tier != OPEN:
            return found
        db = self._context.ledger()
        task = fingerprint.fingerprint(description, prompt)
        answer = reader.parsed(voices.read(db, task))
        if answer is None:
            if self._purse is None:
                self._purse = model_calls.open_purse(self._context, READER)
            answer = self._ask(self._purse, description, prompt, kind)
            if answer is not None:
                with db:
                    voices.save(db, task, answer.kept)
        return reader.heard(found, answer)

    def _ask(
        self, purse: Purse, description: str, prompt: str, kind: str | None
    ) -> reader.Answer | None:
        request = Request(
            model_calls.section(self._context, "models")["haiku"],
            "Answer with two words.",
            reader.question(description, prompt, kind),
            max_tokens=reader.MAX_TOKENS,
            timeout_s=_TIMEOUT_S,
            think=False,
            retries=0,
        )
        try:
            return reader.parsed(purse.pay(request).text)
        except CapReached:
            raise
        except CheaprouteError as error:
            self._context.say(f"not asked: {error}")
            return None
