"""Moments of a transcript into the tables `turn`, `tool` and `dispatch`; no text is kept."""

from __future__ import annotations

from cheaproute.client import agent_result, tools
from cheaproute.client.transcript import activity, layout
from cheaproute.ledger import decisions, intern

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from typing import Protocol

    from cheaproute.client.transcript.activity import Moment

    class Judge(Protocol):
        """Who knows what texts ask for: the router, which the ledger does not know."""

        def prompt(self, text: str, before: str) -> tuple[str, str, float]:
            """Category, tier and confidence of a user's prompt after an answer that ended so."""

        def marks(self, text: str, before: str) -> list[str]:
            """What else it says: 'task', 'trouble'."""

        def task(self, description: str, prompt: str, agent_type: str) -> dict[str, object]:
            """The columns of table `dispatch` that a task's text decides."""

        def likeness(self, a: str, b: str) -> int:
            """Whether two fingerprints are of the same task: see `decisions.retry_of`."""


class Writer:
    """Writes moments of one file down, inside the caller's transaction."""

    def __init__(
        self, db: sqlite3.Connection, path: str, judge: Judge, said: Callable[[], str]
    ) -> None:
        """`said`: the end of the answer before the first moment that is written down."""
        self._db = db
        self._judge = judge
        self._agent = layout.agent_of(path)
        self._uuid = layout.session_of(path)
        self._sessions: dict[str, int] = {}
        self._said: str | None = None
        self._said_before = said

    def put(self, moments: list[Moment]) -> None:
        """Write down what rows told of, what no database takes left out."""
        for moment in moments:
            try:  # `contextlib` would cost each turn's end three milliseconds
                self._put(moment)
            except UnicodeEncodeError:  # half a letter, as no client writes it
                continue

    def _put(self, moment: Moment) -> None:
        # The path is surer than the row: a fork's rows are its own, a subagent's its parent's.
        uuid = self._uuid or moment.session
        number = self._sessions.get(uuid)
        if number is None:
            number = self._sessions[uuid] = intern.session_id(self._db, uuid)
        moment.agent = moment.agent or self._agent
        if moment.kind == "use":
            self._use(moment, number)
        elif moment.kind == "result":
            self._result(moment, number)
        elif moment.kind == "said":
            self._said = moment.text if not moment.agent else self._said
        elif not moment.agent:
            self._turn(moment, number)

    def _turn(self, moment: Moment, number: int) -> None:
        judged, marks = ("", "", 0.0), []
        if moment.text:
            if self._said is None:
                self._said = self._said_before()
            judged = self._judge.prompt(moment.text, self._said)
            marks = self._judge.marks(moment.text, self._said)
        self._add(number, moment.ts_ms, moment.kind, *judged)
        for mark in marks:
            self._add(number, moment.ts_ms, mark)
        if moment.kind != "compact":
            self._add(number, moment.ts_ms, "plan" if moment.plan else "act")

    def _add(self, number: int, ts_ms: int, kind: str, *judged: object) -> None:
        either = "IGNORE" if kind == "compact" else "REPLACE"  # of those a total may have told more
        self._db.execute(
            f"INSERT OR {either} INTO turn VALUES(?, ?, ?, ?, ?, ?)",
            (number, ts_ms, kind, *(judged or ("", "", 0.0))),
        )

    def _use(self, moment: Moment, number: int) -> None:
        target, kind = tools.target(moment.tool, moment.input)
        self._db.execute(
            "INSERT OR IGNORE INTO tool(session, id, agent, ts_ms, name, kind, target, changes)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                moment.id,
                moment.agent,
                moment.ts_ms,
                moment.tool[:60],
                kind,
                target,
                moment.changes,
            ),
        )
        if moment.tool in activity.AGENT_TOOLS:
            self._dispatch(moment, number)

    def _result(self, moment: Moment, number: int) -> None:
        size = len(moment.text.encode("utf-8", "surrogatepass"))
        self._db.execute(
            "UPDATE tool SET ts_ms = ?, bytes = ?, failed = ? WHERE session = ? AND id = ?",
            (moment.ts_ms, size, moment.failed, number, moment.id),
        )
        if not moment.failed and not moment.agent:
            self._mode(moment, number)
        self._outcome(moment)

    def _mode(self, moment: Moment, number: int) -> None:
        """Entering and leaving plan mode happens through tools as well."""
        row = self._db.execute(
            "SELECT name FROM tool WHERE session = ? AND id = ?", (number, moment.id)
        ).fetchone()
        mode = {"EnterPlanMode": "plan", "ExitPlanMode": "act"}.get(row[0] if row else "")
        if mode:
            self._add(number, moment.ts_ms, mode)

    def _dispatch(self, moment: Moment, number: int) -> None:
        """Note a dispatch no hook saw; one a hook saw stands as it is."""
        known = self._db.execute("SELECT 1 FROM dispatch WHERE id = ?", (moment.id,)).fetchone()
        if known:
            return
        said = {key: str(moment.input.get(key) or "") for key in ("description", "prompt", "model")}
        kind = str(moment.input.get("subagent_type") or "")
        fields: dict[str, object] = {
            "id": moment.id,
            "ts_ms": moment.ts_ms,
            "session": number,
            "agent_type": kind,
            "asked": said["model"],
        }
        if said["prompt"]:
            fields |= self._judge.task(said["description"], said["prompt"], kind)
            fields["follows"] = self._before(moment, number, str(fields["fingerprint"]))
        decisions.add(self._db, fields)

    def _before(self, moment: Moment, number: int, fingerprint: str) -> str:
        """The run that this one repeats; whether that had ended its own transcript tells, later."""
        before = decisions.retry_of(
            self._db,
            number,
            moment.ts_ms,
            lambda known: self._judge.likeness(fingerprint, known),
            lambda since_ms: self._asked_since(number, since_ms, moment.ts_ms),
            running=True,
        )
        return before[0] if before else ""

    def _asked_since(self, number: int, since_ms: int, past_ms: int) -> bool:
        """Whether the user gave another prompt between both."""
        found = self._db.execute(
            "SELECT 1 FROM turn WHERE session = ? AND kind = 'prompt' AND ts_ms > ? AND ts_ms <= ?",
            (number, since_ms, past_ms),
        )
        return found.fetchone() is not None

    def _outcome(self, moment: Moment) -> None:
        """What the client's record of an Agent result says, for a dispatch no hook saw end."""
        agent = moment.detail.get("agentId")
        if not isinstance(agent, str):
            return
        running = moment.detail.get("status") == "async_launched"
        ended = "error" if moment.failed else "ok" if moment.text.strip() else "empty"
        ended = agent_result.CUT if agent_result.is_cut(moment.text) else ended
        self._db.execute(
            "UPDATE dispatch SET agent = ?1, resolved = CASE WHEN resolved = '' AND routed = ''"
            " THEN ?2 ELSE resolved END, status = CASE status WHEN '' THEN ?3 ELSE status END,"
            " ended_ms = CASE WHEN ended_ms = 0 AND ?3 != 'running' THEN ?4 ELSE ended_ms END"
            " WHERE id = ?5 AND agent IN ('', ?1)",
            (
                agent,
                str(moment.detail.get("resolvedModel") or ""),
                "running" if running else ended,
                moment.ts_ms,
                moment.id,
            ),
        )
