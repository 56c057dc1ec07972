"""The router's word on texts, in the columns the ledger keeps."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.routing.decision import Decision
    from cheaproute.routing.turns import TurnDecision


class Judge:
    """Classifies prompts and tasks as the hooks would, with the user's `routing.max_unsafe`.

    The router is loaded when first asked: a subagent's end rarely has anything to classify.
    """

    __slots__ = ("_last", "_max_unsafe")

    def __init__(self, max_unsafe: object = None) -> None:
        self._max_unsafe = float(max_unsafe) if isinstance(max_unsafe, int | float) else None
        self._last: tuple[tuple[str, str], TurnDecision] | None = None

    def prompt(self, text: str, before: str = "") -> tuple[str, str, float]:
        """Category, tier and confidence of what a user asks the main loop for.

        `before` is the end of the answer that it comes after.
        The tier is the one that the main loop would be routed by; "" where the text says nothing.
        """
        judged = self._turn(text, before)
        tier = "" if judged.tier == "none" else judged.tier
        return judged.category, tier, judged.confidence

    def marks(self, text: str, before: str) -> list[str]:
        """'task': an unrelated piece of work begins; 'trouble': something did not work.

        Neither where there was no answer before.
        """
        if not before:
            return []
        judged = self._turn(text, before)
        return [
            word for word, said in (("task", judged.newtask), ("trouble", judged.struggle)) if said
        ]

    def _turn(self, text: str, before: str) -> TurnDecision:
        """The word on a prompt; the last one is kept, for it is asked about twice."""
        if self._last is None or self._last[0] != (text, before):
            from cheaproute.routing import turns

            self._last = ((text, before), turns.decide_turn(text, before))
        return self._last[1]

    def task(self, description: str, prompt: str, agent_type: str) -> dict[str, object]:
        """What the text of a dispatch decides, as columns of table `dispatch`."""
        from cheaproute.routing import fingerprint

        decision = self._decide(description, prompt, agent_type or None)
        return {
            "category": decision.category,
            "tier": decision.tier,
            "confidence": decision.confidence,
            "reason": decision.reason,
            "fingerprint": fingerprint.fingerprint(description, prompt),
        }

    def likeness(self, a: str, b: str) -> int:
        """Whether two fingerprints are of the same task (2), of much the same (1), or of others."""
        from cheaproute.routing import fingerprint

        return fingerprint.likeness(a, b)

    def _decide(self, description: str, prompt: str, agent_type: str | None) -> Decision:
        from cheaproute.routing.decide import MAX_UNSAFE, decide

        max_unsafe = MAX_UNSAFE if self._max_unsafe is None else self._max_unsafe
        return decide(description, prompt, agent_type, max_unsafe=max_unsafe)
