"""One bulk read on its way to a digest: may it be made, what is it for, and the process."""

from __future__ import annotations

import json
import os
import stat

from cheaproute.cap import state
from cheaproute.client import permissions
from cheaproute.client.transcript import peek
from cheaproute.config.venv import spawn, status
from cheaproute.delegate import turn
from cheaproute.delegate.secrets import decode, place
from cheaproute.ledger import bulk_reads, intern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

# Of a file whose first page the client has shown, no more than this is read again.
LIMIT_BYTES = 700_000
# The hook's own watchdog ends it at 25 seconds. The process gives up a little before: what it sent
# is paid for, so it is left to book that.
MOST_S = 22
_WORKER = "from cheaproute.delegate import digest_worker as worker; worker.main()"
_PATIENCE_S = 0.5  # for the row of the very read


def patience_s(section: dict[str, object]) -> float:
    """How long a read waits for its digest, by the settings' section."""
    limit = section.get("timeout_s")
    return min(limit, MOST_S) if isinstance(limit, int | float) else MOST_S


class Reading:
    """A read of the file at the absolute `path`, of which the main model was to see `shown`."""

    def __init__(self, event: Event, context: Context, path: str, shown: str) -> None:
        self._event = event
        self._context = context
        self._shown = shown
        self._path = path
        self._real = os.path.realpath(path)
        self._text = shown
        self._turn = turn.Turn()
        self._session = intern.session_id(context.ledger, event.session)
        self._key = bulk_reads.key(event.session, self._real)
        self._project = context.env.get("CLAUDE_PROJECT_DIR") or event.cwd

    def again(self) -> bool:
        """Whether the file was read before in this session: who asks twice wants the text.

        Where a digest stands for it in this context, and it is still the same, that saved nothing.
        """
        if not bulk_reads.seen(self._context.ledger, self._session, self._key):
            return False
        self._context.attempt("digest", self._take_back, None)
        return True

    def _take_back(self) -> None:
        db, uuid, agent = self._context.ledger, self._event.session, self._event.agent
        made_ms = bulk_reads.made_ms(db, uuid, agent, self._key)
        try:
            same = os.stat(self._real).st_mtime_ns <= made_ms * 1_000_000
        except OSError:  # it has gone
            same = False
        if made_ms and same:
            now_ms = self._context.now_ms
            bulk_reads.take_back(db, self._session, uuid, agent, self._key, now_ms)

    def passes(self, *, partial: bool) -> bool:
        """Whether it may be digested; why not is kept for `doctor`.

        `partial`: the client shows the first page only, so that the rest has to be read here.
        """
        why = self._withheld() or (self._complete() if partial else "") or self._useless()
        if why:
            self._note(bulk_reads.KEPT + why)
        return not why

    def digest(self) -> str:
        """The digest's text, "" if there is none in time."""
        wanted = {
            "path": self._path,
            "text": self._text,
            "prompt": self._turn.prompt,
            "reader": self._turn.model,
            "shown": len(self._shown) / max(len(self._text), 1),
            "session": self._event.session,
            "project": self._project,
        }
        made = self._ask(wanted)
        text, worth = made.get("text"), made.get("worth_nano")
        outcome, call, saved = made.get("outcome"), made.get("call"), made.get("saved_nano")
        self._note(
            outcome if isinstance(outcome, str) else bulk_reads.FAILED + "crash",
            call if isinstance(call, str) else "",
            saved if isinstance(saved, int) else 0,
        )
        if not isinstance(text, str):
            return ""
        self._context.attempt("digest", lambda: self._stands_in(worth), None)
        return text

    def _stands_in(self, worth: object) -> None:
        db, event = self._context.ledger, self._event
        nano = worth if isinstance(worth, int) else 0
        now_ms = self._context.now_ms
        bulk_reads.stands_in(db, event.session, event.agent, self._key, nano, now_ms)

    def _withheld(self) -> str:
        """Why the file may go nowhere by its name and place, "" if its text decides.

        The text is looked through by the process that would send it.
        """
        env = self._context.env
        rules = permissions.rules(env, self._project)
        why = place.why_kept((self._path, self._real), rules, env, self._project)
        if why:
            return why
        if self._context.section("digest").get("outside_project"):
            return ""
        project = os.path.realpath(self._project) if self._project else ""
        inside = project and self._real.startswith(project.rstrip(os.sep) + os.sep)
        return "" if inside else "outside"

    def _complete(self) -> str:
        """Read the whole file; why it cannot be used, "" if it can.

        It has to be the file that the client read, which its beginning shows: by now another one
        might stand at this path.
        """
        try:
            flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            handle = os.open(self._real, flags)
            with open(handle, "rb") as file:
                status = os.fstat(handle)
                stayed = place.stayed(self._path, self._real, status)
                if not (stayed and stat.S_ISREG(status.st_mode)):
                    return "changed"
                raw = file.read(LIMIT_BYTES + 1)
        except OSError:
            return "changed"
        if len(raw) > LIMIT_BYTES:
            return "too_large"
        text = decode.text(raw)
        if text is None:
            return "binary"
        text = text.replace("\r\n", "\n")
        if not text.startswith(self._shown.rstrip("\n")):
            return "changed"
        self._text = text
        return ""

    def _useless(self) -> str:
        """Why a digest would not help now, "" if it would."""
        if len(self._text) > LIMIT_BYTES:
            return "too_large"
        context, event = self._context, self._event
        if not status.ready(context.env):
            return "no_environment"
        if bulk_reads.pausing(context.ledger, context.now_ms):
            return "pause"
        binding = state.state(context.ledger, self._session, context.now_ms).binding
        if binding is not None and binding.reached:
            return "cap"
        own = peek.agent_path(event.transcript, event.agent) if event.agent else event.transcript
        # The client may write the row that asked for this read only after the hook was started; the
        # one before may be of another model.
        use = event.text("tool_use_id")
        came = peek.wait_for(event.transcript, event.agent, (use,), _PATIENCE_S)
        self._turn = turn.latest(own)
        if not came:
            self._turn.model = self._likely_model(self._turn.model)
        return "haiku" if "haiku" in self._turn.model else ""

    def _likely_model(self, told: str) -> str:
        """The model that reads, of which the transcript tells no more than `told`, "" if unknown.

        A terminal's client (2.1.332) keeps the row of the read until our hook has ended.
        """
        from cheaproute.ledger import agent_runs
        from cheaproute.ledger.module import loops
        from cheaproute.routing import resolve
        from cheaproute.usage.models import canonical

        event, db = self._event, self._context.ledger
        loop = loops.read(db, self._session, event.agent)
        chosen = loop.model if not told or canonical(told) == canonical(loop.over) else ""
        if chosen:  # the loop was sent to another model for this turn
            told = chosen
        elif event.agent:
            told = told or loop.ran or agent_runs.model_of(db, event.agent)
        else:
            told = told or intern.session_model(db, event.session)
            told = told or peek.announced_model(event.transcript)
        return resolve.model(told, self._context.env, self._context.section("models"))

    def _ask(self, wanted: dict[str, object]) -> dict[str, object]:
        import subprocess
        import time

        context = self._context
        most = patience_s(context.section("digest"))
        command = spawn.command(_WORKER, python=status.python(context.env), libraries=True)
        given = json.dumps({**wanted, "until_s": time.monotonic() + most}).encode()
        try:
            made = json.loads(spawn.ask(context.env, command, most, given))
        except subprocess.TimeoutExpired:
            call, nano = bulk_reads.left(context.ledger, self._session, context.now_ms)
            timeout = bulk_reads.FAILED + bulk_reads.TIMEOUT
            return {"outcome": timeout, "call": call, "saved_nano": -nano}
        except (OSError, ValueError):
            return {}
        return made if isinstance(made, dict) else {}

    def _note(self, outcome: str, call: str = "", saved_nano: int = 0) -> None:
        bulk_reads.note(
            self._context.ledger,
            session=self._session,
            path_hash=self._key,
            size=len(self._text),
            outcome=outcome,
            now_ms=self._context.now_ms,
            call=call,
            saved_nano=saved_nano,
        )
