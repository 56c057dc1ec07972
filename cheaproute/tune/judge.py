"""The router's word on texts, in the columns the ledger keeps."""

from __future__ import annotations

from cheaproute.routing import fingerprint
from cheaproute.routing.decide import CAUTION, decide


class Judge:
    """Classifies prompts and tasks as the hooks would, with the user's caution (0 to 1)."""

    __slots__ = ("_caution",)

    def __init__(self, caution: object = CAUTION) -> None:
        self._caution = float(caution) if isinstance(caution, int | float) else CAUTION

    def prompt(self, text: str) -> tuple[str, str, float]:
        """Category, tier and confidence of what a user asks the main loop for."""
        decision = decide("", text, caution=self._caution)
        return decision.category, decision.tier, decision.confidence

    def task(self, description: str, prompt: str, agent_type: str) -> dict[str, object]:
        """What the text of a dispatch decides, as columns of table `dispatch`."""
        decision = decide(description, prompt, agent_type or None, caution=self._caution)
        return {
            "category": decision.category,
            "tier": decision.tier,
            "confidence": decision.confidence,
            "reason": decision.reason,
            "fingerprint": fingerprint.fingerprint(description, prompt),
        }

    def similar(self, a: str, b: str) -> bool:
        """Whether two fingerprints are of much the same task."""
        return fingerprint.similar(a, b)
