"""How well the second voice judges, with the user's own key: contrast pairs, and their history.

It costs money, about $0.0002 a question: it runs only where it is named (`python -m bench judge`).
Each answer is kept with the task's fingerprint, as always: what was asked once is not asked again.
Of the history nothing is labelled; what came of a task stands in for that.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cheaproute import fastjson
from cheaproute.cli.context import Context
from cheaproute.cli.second_voice import SecondVoice
from cheaproute.client.transcript import activity, layout
from cheaproute.config import paths
from cheaproute.config import reader as settings
from cheaproute.errors import CheaprouteError
from cheaproute.routing.decide import decide
from cheaproute.routing.decision import OPEN, Decision
from tools import routing_data
from tools.routing_score import part

QUESTIONS, QUICK = 300, 12


@dataclass(frozen=True)
class Sent:
    """A subagent of the history: its words, and its tool use's id."""

    id: str
    description: str
    prompt: str
    kind: str


def run(*, quick: bool) -> None:
    """Ask about what is open of both, and print what was said beside what is known."""
    most = QUICK if quick else QUESTIONS
    context = Context(os.environ)
    voice = SecondVoice(context)
    try:
        _pairs(context, voice, most)
        _history(context, voice, most)
    except CheaprouteError as error:
        print(f"not measured: {error}")
    finally:
        context.close()


def _pairs(context: Context, voice: SecondVoice, most: int) -> None:
    """Contrast pairs that the text leaves open, evenly from all of them."""
    bound = settings.number(context.settings, "routing.max_unsafe")
    tasks = routing_data.pairs()
    chosen: list[tuple[routing_data.Task, Decision]] = []
    for task in tasks[:: max(1, len(tasks) // (3 * most))]:  # about half of them are open
        found = decide(task.description, task.prompt, task.subagent_type, max_unsafe=bound)
        if found.tier == OPEN and len(chosen) < most:
            chosen.append((task, found))
    said: Counter[tuple[bool, str]] = Counter()
    for task, found in chosen:
        heard = voice.hear(found, task.description, task.prompt, task.subagent_type)
        said[task.rank > 0, heard.tier] += 1
    print(f"== contrast pairs of this project: {len(chosen)} that are open")
    for hard, name in ((True, "unsafe: needed more"), (False, "captured: Haiku's")):
        of = sum(count for (needs, _), count in said.items() if needs is hard)
        print(f"{name:<22} called Haiku's {part(said[hard, 'haiku'], of)}")
    print(f"no clear answer        {part(said[True, OPEN] + said[False, OPEN], len(chosen))}")


def _history(context: Context, voice: SecondVoice, most: int) -> None:
    """The subagents of the user's own transcripts that the text leaves open."""
    bound = settings.number(context.settings, "routing.max_unsafe")
    came = outcomes(context)
    said: Counter[tuple[str, str]] = Counter()
    count = 0
    for sent in history(os.path.join(paths.claude_dir(context.env), "projects")):
        found = decide(sent.description, sent.prompt, sent.kind or None, max_unsafe=bound)
        if found.tier != OPEN or count >= most:
            continue
        count += 1
        heard = voice.hear(found, sent.description, sent.prompt, sent.kind or None)
        said[heard.tier, came.get(sent.id, "not known")] += 1
    print(f"\n== subagents of your history that are open: {count} asked about")
    for (tier, outcome), number in sorted(said.items()):
        print(f"{tier:<8} {outcome:<32} {number}")


def history(place: str) -> Iterator[Sent]:
    """The subagents that were sent out in the transcripts below `place`, each once."""
    seen: set[str] = set()
    for path in layout.below(place):
        with open(path, "rb") as file:
            for line in file:
                if b'"tool_use"' not in line:
                    continue
                try:
                    moments = activity.moments(fastjson.loads(line))
                except ValueError:
                    continue
                for moment in moments:
                    if moment.tool in activity.AGENT_TOOLS and moment.id not in seen:
                        seen.add(moment.id)
                        words = [
                            moment.input.get(k) for k in ("description", "prompt", "subagent_type")
                        ]
                        yield Sent(
                            moment.id, *(one if isinstance(one, str) else "" for one in words)
                        )


def outcomes(context: Context) -> dict[str, str]:
    """By tool use: what came of it, as the ledger has it."""
    rows = context.ledger().execute(
        "SELECT id, CASE WHEN flag = 'bad' THEN 'flagged bad'"
        " WHEN id IN (SELECT follows FROM dispatch) THEN 'sent again'"
        " WHEN status IN ('empty', 'refused', 'error') THEN status"
        " WHEN edits > 0 THEN 'edited' WHEN status = 'ok' THEN 'read and reported'"
        " ELSE 'not known' END FROM dispatch"
    )
    return dict(rows)
