"""The project's own words: what a task can ask for, and the words that ask for it.

A cue is a concept (`locate`, `rootcause`); its words are stems, matched with the usual English
endings. A phrase of two or three words is written with spaces. Reasons name these words and no
others.
"""

from __future__ import annotations

_TABLE = {
    # retrieval and mechanics
    "locate": (
        "find|locate|search|grep|list|look for|look up|lookup|where is|where are|which file|"
        "which files|enumerate|count|how many|show me|collect|extract|fetch|retrieve|identify|"
        "trace|map"
    ),
    "read": "read|open|view|cat|print|look at|look in|skim|scan|browse|walk through",
    "understand": (
        "understand|explore|explain|describe|learn|how does|how do|what does|what is|what are|"
        "tell me|familiarize|overview"
    ),
    "summarise": (
        "summarise|summarize|summary|tldr|digest|recap|outline|condense|abstract|gist|synopsis"
    ),
    "report": (
        "report|report back|return|provide|give me|include the|quote|file paths|line numbers|"
        "code snippets|snippet|concise"
    ),
    "reformat": (
        "format|reformat|prettify|convert|sort|reorder|indent|alphabetize|transpose|translate|"
        "capitalize|lowercase|uppercase|as json|to json|to csv|to yaml|to markdown|as a table"
    ),
    "check": (
        "lint|typecheck|type check|syntax|compile|compiles|parse|spellcheck|typo|typos|"
        "run the tests|run the test|run the linter|valid json|valid yaml|confirm"
    ),
    "boilerplate": (
        "boilerplate|scaffold|skeleton|stub|template|getter|setter|placeholder|gitignore|"
        "editorconfig|license|hello world|crud|dto|docstring|docstrings"
    ),
    "status": (
        "status|changelog|progress|git log|git status|git diff|what branch|which branch|"
        "what version|which version|commit message|release note|release notes|standup|push|"
        "pull request"
    ),
    "mechanical": (
        "rename|replace|bump|insert|append|copy|move|remove|delete|paste|swap|verbatim|"
        "exactly|as follows|each of these|every occurrence|all occurrences|the following code"
    ),
    # engineering
    "implement": (
        "implement|build|create|write|develop|add support|make|add|extend|integrate|support|"
        "wire|hook up|introduce|port|migrate|update|change|modify|set up|handle|feature"
    ),
    "test": (
        "test|tests|unit test|integration test|coverage|test case|fixture|mock|tdd|failing test"
    ),
    "review": (
        "review|critique|feedback|assess|inspect|reviewer|code review|evaluate|quality|"
        "critically|code quality|severity|nitpick|maintainability|spec compliance|"
        "best practice"
    ),
    "research": (
        "research|best practices|compare|comparison|survey|alternatives|investigate options|"
        "state of the art|recommend|recommendation|recommendations"
    ),
    "plan": (
        "plan|roadmap|break down|breakdown|milestone|milestones|estimate|step-by-step|phases|"
        "implementation plan|strategy|approach|prioritize|backlog"
    ),
    "debug": (
        "debug|bug|fix|fails|failing|broken|crash|error|exception|regression|diagnose|"
        "not working|does not work|doesn't work|wrong|stack trace|traceback|issue|unexpected|"
        "troubleshoot"
    ),
    "refactor": (
        "refactor|restructure|rewrite|decouple|simplify|consolidate|deduplicate|clean up|"
        "modularize|split|simplification|over-engineering|duplication|duplicate"
    ),
    "judge": (
        "should we|should i|worth|pros and cons|opinion|trade-off|trade-offs|tradeoff|"
        "tradeoffs|ideal|better|best way|justify|correctness|edge case|edge cases|"
        "potential issue|potential issues|potential problem|appropriate|concern|concerns|"
        "improvement|improvements|suggest|suggestion|gap|gaps|robust|business logic|ambiguous|"
        "unclear|what would happen|what would break|decide"
    ),
    "why": (
        "why|what causes|what caused|how come|reason for|reason why|figure out|causing|"
        "investigate|investigation|hypothesis|hypotheses|analyze why|explain why"
    ),
    "perf": (
        "performance|slow|slowness|optimize|optimise|bottleneck|latency|profile|throughput|"
        "inefficient|n+1|memory usage|overhead|allocations"
    ),
    # hard reasoning
    "rootcause": (
        "root cause|root-cause|intermittent|intermittently|flaky|nondeterministic|heisenbug|"
        "sporadic|sporadically|post-mortem|postmortem|randomly|once in a while|under load|"
        "in production"
    ),
    "concurrency": (
        "race|races|deadlock|deadlocks|livelock|concurrency|concurrent|race condition|"
        "race conditions|thread-safe|thread safety|lock-free|mutex|atomicity|memory leak|"
        "data race|toctou|starvation|consensus|linearizable|eventual consistency"
    ),
    "integrity": (
        "data integrity|data loss|corruption|corrupt|corrupted|idempotent|idempotency|"
        "consistency|durability|partial failure|partial failures|invariant|invariants|"
        "lost update|rollback|crash recovery|crash-safe|split brain|double-spend"
    ),
    "security": (
        "security|vulnerability|vulnerabilities|exploit|exploitable|injection|xss|csrf|ssrf|"
        "threat|threat model|pentest|penetration|path traversal|privilege escalation|"
        "sandbox escape|owasp|attacker|attack surface|cryptographic|rce|secrets exposure|"
        "hardening|security audit"
    ),
    "architecture": (
        "architecture|architect|architectural|design|redesign|system design|from scratch|"
        "scalable|scalability|distributed|state machine|domain model|schema design|api design|"
        "multi-tenant|event sourcing|microservice|microservices|end-to-end design|"
        "zero-downtime|data model"
    ),
    "algorithm": (
        "algorithm|algorithmic|prove|proof|complexity|np-hard|dynamic programming|optimal|"
        "numerical|heuristic|solver|formal|formally|theorem|derive|cryptography"
    ),
    # manner
    "readonly": "read-only|research only|no changes|no code|analysis only",
    "thorough": (
        "thorough|thoroughly|critical|careful|carefully|deep|deeply|comprehensive|rigorous|in-depth"
    ),
}

# What a negation takes back: "do not edit" asks for no edit, and says the task only looks.
EDITS = frozenset(("implement", "mechanical", "refactor", "debug", "boilerplate", "reformat"))
NEGATIONS = frozenset(("not", "don't", "dont", "never", "without", "no", "nor", "cannot"))


def _expanded() -> dict[str, str]:
    return {term: cue for cue, terms in _TABLE.items() for term in terms.split("|")}


TERMS = _expanded()
CUES = tuple(_TABLE)


def cue_of(word: str) -> str | None:
    """The cue of one lower-case word, its English ending dropped if need be."""
    cue = TERMS.get(word)
    if cue is not None or len(word) < 4:
        return cue
    if word[-1] == "s":
        return TERMS.get(word[:-1]) or (TERMS.get(word[:-2]) if word[-2] == "e" else None)
    if word.endswith("ed"):
        return TERMS.get(word[:-1]) or TERMS.get(word[:-2])
    if word.endswith("ing"):
        return TERMS.get(word[:-3]) or TERMS.get(word[:-3] + "e")
    return None
