"""The reader's seat: what a text leaves open is put to Haiku by the client, with its own login.

The first question of a turn is answered with `read`, a question for the hand to put; it comes again
with what was said. Whatever is late, refused, torn or too long leaves the task where it is.
"""

from __future__ import annotations

from cheaproute.cap import expected
from cheaproute.hook.event import text_in
from cheaproute.hook.pauses import set_aside
from cheaproute.ledger import failures
from cheaproute.ledger.calls import voices
from cheaproute.routing import fingerprint, reader, resolve
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano
from cheaproute.usage.purposes import READER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

TIMEOUT_MS = 1500
# What the client sends for a short answer: room to think in. Most answers are far shorter.
ROOM_TOKENS, USUAL_TOKENS = 2_100, 120
_CHARS_A_TOKEN = 3


class Matter:
    """What is open: its texts, and the nano-dollars that may be saved by knowing.

    `kind` is a subagent's type, `before` what a main loop answered last; "" where there is none.
    """

    __slots__ = ("before", "description", "kind", "prompt", "saves_nano")

    def __init__(
        self, description: str, prompt: str, saves_nano: int, *, kind: str = "", before: str = ""
    ) -> None:
        self.description = description
        self.prompt = prompt
        self.saves_nano = saves_nano
        self.kind = kind
        self.before = before

    @property
    def key(self) -> str:
        """The matter's fingerprint."""
        return fingerprint.fingerprint(self.description + self.before, self.prompt)

    @property
    def question(self) -> str:
        """The question about it."""
        return reader.question(self.description, self.prompt, self.kind or None, before=self.before)


class Voice:
    """What is known of a matter: Haiku's `answer` (None: none), or the `question` to put first."""

    __slots__ = ("answer", "question")

    def __init__(self, answer: reader.Answer | None = None, question: Answer | None = None) -> None:
        self.answer = answer
        self.question = question


def hear(event: Event, context: Context, session: int, matter: Matter) -> Voice | None:
    """The voice on an open matter; None where nobody is to be asked."""
    if context.section("routing").get("ask") != "auto":
        return None
    told = event.raw.get("read")
    if isinstance(told, dict):
        return Voice(_answered(told, event, context, session, matter))
    kept = reader.parsed(voices.read(context.ledger, matter.key))
    if kept is not None:
        return Voice(kept)
    model = resolve.model("haiku", context.env, context.section("models"))
    if failures.rests(context.ledger, "haiku", context.now_ms):
        return None
    likely = _call(event, context, matter, model, USUAL_TOKENS)
    usual, most = (
        cost_nano(call, context.prices)
        for call in (likely, _call(event, context, matter, model, ROOM_TOKENS))
    )
    if usual is None or most is None or matter.saves_nano < reader.TIMES_WORTH * usual:
        return None
    if not set_aside.leave(context, session, likely, most):
        return None
    named = event.text("model").startswith("claude-")
    question: Answer = {
        "model": model if named else "haiku",
        "prompt": matter.question,
        "max_tokens": reader.MAX_TOKENS,
        "timeout_ms": TIMEOUT_MS,
    }
    return Voice(question=question)


def _answered(
    told: dict[str, object], event: Event, context: Context, session: int, matter: Matter
) -> reader.Answer | None:
    """What was said, None if that is no answer; what it used gets its name in the ledger."""
    db = context.ledger
    model = resolve.model("haiku", context.env, context.section("models"))
    call = _call(event, context, matter, model, 0)
    known, _ = set_aside.settle(context, session, told, call, call.id)
    if known is not None:
        expected.learn_output(db, READER, known.output)
    if told.get("status") == failures.ABSENT:
        failures.rest(db, "haiku", context.now_ms, absent=True)
    answer = reader.parsed(text_in(told, "text"))
    if answer is not None:
        voices.save(db, matter.key, answer.kept)
    return answer


def _call(event: Event, context: Context, matter: Matter, model: str, output: int) -> Call:
    """The question as it leaves: agents side by side have one each."""
    size = len(matter.question.encode("utf-8", "replace")) // _CHARS_A_TOKEN
    name = f"read:{event.text('turn_id')}:{event.text('agent_id')}:"
    return Call(name, context.now_ms, model, input=size, output=output, purpose=READER)
