"""The project's own words: what a task can ask for, and the words that ask for it.

A cue is a concept (`locate`, `rootcause`); its words are stems, matched with the usual English
endings. A phrase of two or three words is written with spaces. Reasons name these words and no
others.
"""

from __future__ import annotations

from cheaproute.routing.text.lexicon_foreign import foreign_terms

_TABLE = {
    # retrieval and mechanics
    "fact": (
        "which|who|when|how many|how much|what is|what's|whats|what are|what does|is there|"
        "are there|do we have|does the|is the|which file|which files|where is|where are|"
        "what port|what value|whether there"
    ),
    "locate": (
        "find|locate|search|grep|list|look for|look up|lookup|enumerate|count|show me|collect|"
        "extract|fetch|retrieve|identify|trace|map|show where|references|usages|usage|callers|"
        "call sites|all places|occurrences|exhaustive|defined|definition|locations|"
        "which functions|who wrote|websearch|web search|documentation for"
    ),
    "read": (
        "read|open|view|cat|print|look at|look in|skim|scan|browse|walk through|show|"
        "tell me the|first rows|last lines"
    ),
    "understand": (
        "understand|explore|explain|describe|learn|how does|how do|tell me|familiarize|"
        "to understand|how is|how are|how the|how it works|works|flow|"
        "need to know|walk me through|picture of"
    ),
    "summarise": (
        "summarise|summarize|summary|tldr|digest|recap|outline|condense|abstract|gist|"
        "synopsis|overview|sum up|shorten|bullet points|main points|key points"
    ),
    "report": (
        "report|report back|return|give me|include the|quote|file paths|line numbers|"
        "code snippets|snippet|concise|file path|line number|with line|code snippet|as a list|"
        "table|facts only|give the|quote the|summary of|provide specific|provide a summary|"
        "provide file"
    ),
    "reformat": (
        "format|reformat|prettify|convert|sort|reorder|indent|alphabetize|transpose|translate|"
        "capitalize|lowercase|uppercase|as json|to json|to csv|to yaml|to markdown|as a table"
    ),
    "check": (
        "lint|typecheck|type check|syntax|compile|compiles|parse|spellcheck|run the tests|"
        "run the test|run the linter|valid json|valid yaml|confirm|run|valid|"
        "resolve"
    ),
    "boilerplate": (
        "boilerplate|scaffold|skeleton|stub|template|getter|setter|placeholder|gitignore|"
        "editorconfig|license|hello world|crud|dto|docstring|docstrings|empty|called|named|"
        "hello"
    ),
    "status": (
        "status|changelog|progress|git log|git status|git diff|what branch|which branch|"
        "what version|which version|commit message|release note|release notes|standup|"
        "pull request|push|merge it|pull the latest|open a pr|create a pr|pr for|rebase|"
        "switch to|restart|install|tag|todo|post a comment|reply to|git blame|git show|"
        "git history|stand-up|gh pr|gh run|branch called|squash|label the|close the|"
        "status line|message for"
    ),
    "mechanical": (
        "rename|replace|bump|insert|append|copy|move|remove|delete|paste|swap|verbatim|"
        "exactly|as follows|each of these|every occurrence|all occurrences|the following code|"
        "first statement|right after|directly above|change the label|label|uncomment|heading|"
        "exact|only change|nothing else|safe to parallelize|trailing|"
        "for each function|mark|mechanically|typo in|spelling|typos|typo|correct the spelling|"
        "blank lines|lower case|everywhere"
    ),
    # engineering
    "implement": (
        "implement|build|create|write|develop|add support|make|add|extend|integrate|support|"
        "wire|hook up|introduce|port|migrate|update|change|modify|set up|handle|feature|tdd|"
        "wire up|requirements|acceptance criteria|follow tdd|self-review|commit each|"
        "execute the plan|execute|make sure|ensure|let users|should be|we should|make it|"
        "allow|improve"
    ),
    "test": "test|tests|unit test|integration test|coverage|test case|fixture|mock|failing test",
    "review": (
        "review|critique|feedback|assess|inspect|reviewer|code review|evaluate|quality|"
        "critically|code quality|severity|nitpick|maintainability|spec compliance|"
        "best practice"
    ),
    "research": "research|best practices|survey|alternatives|investigate options",
    "compare": "compare|comparison|differ|difference|differences|versus|vs|compared",
    "plan": (
        "plan|roadmap|break down|breakdown|milestone|milestones|estimate|step-by-step|"
        "implementation plan|prioritize|backlog"
    ),
    "debug": (
        "debug|bug|fix|fails|failing|broken|crash|regression|diagnose|not working|"
        "does not work|doesn't work|wrong|stack trace|traceback|troubleshoot|failed|failure|"
        "crashes|does not|doesn't|green again|take a look|still not|make ci"
    ),
    "trouble": (
        "issue|error|exception|unexpected|warning|problem|undefined|stale|missing|denied|"
        "hangs|hang|stuck|blank|expected to|still|report that|say the|slow|late"
    ),
    "investigate": "investigate|investigation|analyze|analyse|analysis|examine|dig into|look into",
    "inquiry": (
        "why|how come|reason for|reason why|explain why|would happen|would break|could break|"
        "might break|could go wrong|go wrong|potential|cause|causes|caused by|causing|"
        "key question|any obvious|might not|may not be|bugs|risk|assumption|assume|what if|"
        "is it safe|safe to|could fail|would fail|suspect|suspicious|hypothesis|hypotheses|"
        "consequence|implication|turn out|work out|figure out|find out why|how this happens|"
        "how can this|fully covered|not covered|coverage gaps|unreachable|lose|lost|"
        "contradict|misleading|disagree"
    ),
    "judge": (
        "should we|should i|worth|pros and cons|opinion|trade-off|trade-offs|tradeoff|"
        "tradeoffs|ideal|better|best way|justify|correctness|edge case|edge cases|appropriate|"
        "concern|concerns|improvement|improvements|suggest|suggestion|gap|gaps|robust|"
        "business logic|ambiguous|unclear|decide|recommend|recommendation|recommendations|"
        "weigh|verdict|strengths|weaknesses|merge-ready|ready to merge|can we remove|"
        "maybe we should|feels like|good approach|right approach|make sense|makes sense|sound|"
        "thoughts on|what is wrong|whether we|what do you|which of these|"
        "fits us"
    ),
    "refactor": (
        "refactor|restructure|rewrite|decouple|simplify|consolidate|deduplicate|clean up|"
        "modularize|split|simplification|over-engineering|duplication|duplicate"
    ),
    "perf": (
        "performance|slowness|optimize|optimise|bottleneck|latency|profile|throughput|"
        "inefficient|n+1|memory usage|overhead|allocations"
    ),
    # hard reasoning
    "rootcause": (
        "root cause|root-cause|intermittent|intermittently|flaky|nondeterministic|heisenbug|"
        "sporadic|sporadically|post-mortem|postmortem|randomly|in production|"
        "under load|production|nobody knows|no idea|not reproducible|could not reproduce|"
        "several components|across components|underlying cause|interleaving|nondeterminism"
    ),
    "concurrency": (
        "race|races|deadlock|deadlocks|livelock|concurrency|concurrent|race condition|"
        "race conditions|thread-safe|thread safety|lock-free|mutex|atomicity|memory leak|"
        "data race|toctou|starvation|consensus|linearizable|eventual consistency|"
        "interleavings|memory order|lost wakeup|two leaders|leader|raft|paxos|replication|"
        "out of order"
    ),
    "integrity": (
        "data integrity|data loss|corruption|corrupt|corrupted|idempotent|idempotency|"
        "consistency|durability|partial failure|partial failures|invariant|invariants|"
        "lost update|rollback|crash recovery|crash-safe|split brain|double-spend|atomic|"
        "interrupted|mid-operation|orphaned data|false positives|half way|transactional|"
        "acknowledged|lose data|loses"
    ),
    "security": (
        "security|vulnerability|vulnerabilities|exploit|exploitable|injection|xss|csrf|ssrf|"
        "threat|threat model|pentest|penetration|path traversal|privilege escalation|"
        "sandbox escape|owasp|attacker|bypass|hijack|misuse|attack surface|cryptographic|rce|"
        "secrets exposure|"
        "hardening|security audit|secure|attack|auth bypass|forge|malicious|tenant|untrusted|"
        "audit|crypto|encryption|credential|credentials|command injection|permission issues|"
        "sensitive data"
    ),
    "architecture": (
        "architecture|architect|architectural|redesign|system design|from scratch|scalable|"
        "scalability|distributed|domain model|schema design|api design|multi-tenant|"
        "event sourcing|microservice|microservices|end-to-end design|zero-downtime|"
        "target architecture|rewrite of|offline-first|offline sync|consistency model|"
        "plugin system|event sourced|migration path|new system|monolith|data isolation|crdt"
    ),
    "design": (
        "design|designing|state machine|data model|design decisions|interfaces|proposed|"
        "propose|architectural decision"
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
RETRIEVAL = frozenset(
    (
        *("fact", "locate", "read", "understand", "summarise", "report"),
        *("reformat", "check", "boilerplate", "status", "mechanical"),
    )
)
# Things one can point at: to find one is a search, to find a deadlock is not.
_THINGS = (
    "file|folder|directory|line|row|column|heading|title|section|chapter|class|function|"
    "method|module|package|import|comment|entry|name|link|url|key|field|setting|option|"
    "flag|variable|test|route|endpoint|page|template|ticket|table|list|document|readme|"
    "changelog|version|label|text|message|string|word|typo|spelling|import|export|"
    "constant|enum|prop|usage|call|reference|place|location|warning|output|template|"
    "fixture|migration|schema"
)
THINGS = frozenset(_THINGS.split("|"))
NEGATIONS = frozenset(("not", "don't", "dont", "never", "without", "no", "nor", "cannot"))

# What an agent is called says what it does, in words that say little in a sentence.
_AGENTS = {
    "implement": "dev developer engineer executor implementer coder builder fixer programmer",
    "architecture": "strategist",
    "security": "auditor sentinel pentester",
    "integrity": "guardian",
    "perf": "oracle optimizer",
    "debug": "debugger troubleshooter",
    "test": "tester qa",
    "locate": "mapper searcher finder locator guide",
    "review": "checker verifier critic validator",
    "research": "researcher",
    "summarise": "summarizer synthesizer",
    "plan": "planner roadmapper",
    "refactor": "simplifier refactorer",
}

CUES = tuple(_TABLE)
TERMS: dict[str, str] = {}
for _cue, _terms in _TABLE.items():
    TERMS.update(dict.fromkeys(_terms.split("|"), _cue))
TERMS.update(foreign_terms())
OF_TYPE = {word: (cue, word) for cue, words in _AGENTS.items() for word in words.split()}

UNKNOWN = ("", "")


def entry(word: str) -> tuple[str, str]:
    """`(cue, term)` of one lower-case word, its English ending dropped if need be; else blanks."""
    cue = TERMS.get(word)
    if cue is not None:
        return cue, word
    if len(word) < 4:
        return UNKNOWN
    if word[-1] == "s":
        stems = (word[:-1], word[:-2]) if word[-2] == "e" else (word[:-1],)
    elif word.endswith("ed"):
        stems = (word[:-1], word[:-2])
    elif word.endswith("ing"):
        stems = (word[:-3], word[:-3] + "e")
    else:
        return UNKNOWN
    for stem in stems:
        cue = TERMS.get(stem)
        if cue is not None:
            return cue, stem
    return UNKNOWN
