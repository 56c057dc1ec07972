"""Labelled tasks: the examples of this repository, and annotated rows kept outside it."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import zlib
from dataclasses import dataclass

from cheaproute.routing.decision import CATEGORIES, TIERS
from cheaproute.routing.text.features import SHORT

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, "examples")
CASES = os.path.join(os.path.dirname(HERE), "tests", "cases", "routing")
_DOMAIN_FOLDS = 6


@dataclass(frozen=True)
class Task:
    """A task with the tier it needs. `category` is "" where nobody named one.

    `repository` is what may not be on both sides of a fold: the repository, or the domain of a
    pair; `hand` is who wrote a pair.
    """

    tier: str
    description: str
    prompt: str
    subagent_type: str | None = None
    category: str = ""
    repository: str = ""
    hand: str = ""

    @property
    def rank(self) -> int:
        """0 for haiku, 1 for sonnet, 2 for opus."""
        return TIERS.index(self.tier)

    @property
    def is_short(self) -> bool:
        """Whether other bounds hold for it, as `features.SHORT` has it."""
        return len(self.prompt) <= SHORT


def examples() -> list[Task]:
    """The training examples written for this project."""
    return _folder(EXAMPLES)


def pairs() -> list[Task]:
    """The contrast pairs: a task of judgement, then its twin that only retrieves.

    A line is `[hand, domain, type, tier, [title, prompt], [title, prompt]]`.
    """
    found = []
    with open(os.path.join(EXAMPLES, "pairs.jsonl"), encoding="utf-8") as file:
        for line in file:
            hand, domain, kind, tier, *both = json.loads(line)
            for needs, (title, prompt) in zip((tier, TIERS[0]), both, strict=True):
                found.append(Task(needs, title, prompt, kind, repository=domain, hand=hand))
    return found


def cases() -> list[Task]:
    """The regression cases written for this project, which are never trained on."""
    return _folder(CASES)


def _folder(folder: str) -> list[Task]:
    tasks: list[Task] = []
    for path in sorted(glob.glob(os.path.join(folder, "*.txt"))):
        reader = sentences if path.endswith("sentences.txt") else titled
        with open(path, encoding="utf-8") as file:
            tasks += reader(file.read())
    return tasks


def sentences(text: str) -> list[Task]:
    """One `tier category text` a line; `#` starts a comment line."""
    tasks = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            tier, category, prompt = line.split(" ", 2)
            tasks.append(_checked(Task(tier, "", prompt, category=category)))
    return tasks


def titled(text: str) -> list[Task]:
    """Blocks headed `= tier category [agent type] | title`; the prompt follows."""
    body = "\n".join(line for line in text.splitlines() if not line.startswith("# "))
    tasks = []
    for block in ("\n" + body).split("\n= ")[1:]:
        head, _, prompt = block.partition("\n")
        words, _, title = head.partition("|")
        tier, category, *kind = words.split()
        kind_name = " ".join(kind) or None
        tasks.append(_checked(Task(tier, title.strip(), prompt.strip(), kind_name, category)))
    return tasks


def annotated(*paths: str) -> list[Task]:
    """The rows of JSONL files on whose label all annotators agree.

    A row has `label`, and either `prompt` with `description` and `subagent_type`, or `text`; one
    that names no repository is of the file's own.
    """
    tasks = []
    for path in paths:
        own = os.path.splitext(os.path.basename(path))[0]
        with open(path, encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                if row.get("label") in TIERS:
                    tasks.append(
                        Task(
                            row["label"],
                            row.get("description") or "",
                            row.get("prompt") or row.get("text") or "",
                            row.get("subagent_type"),
                            repository=row.get("source_repo") or row.get("repo") or own,
                        )
                    )
    return tasks


def domain_fold(domain: str) -> str:
    """Which sixth of the domains is left out together with `domain`."""
    return str(zlib.crc32(domain.encode()) % _DOMAIN_FOLDS)


def digest(tasks: list[Task]) -> str:
    """A short hash that changes when any of `tasks` does."""
    rows = [[t.tier, t.description, t.prompt, t.subagent_type] for t in tasks]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def _checked(task: Task) -> Task:
    if task.tier not in TIERS or task.category not in CATEGORIES or not task.prompt:
        raise ValueError(f"not a task: {task}")
    return task
