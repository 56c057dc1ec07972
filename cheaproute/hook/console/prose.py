"""Whether words behind a command are a sentence, or arguments and what was to be some."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# What sentences are held together by; what is said of a program, and what it is made of.
_BETWEEN = (
    "a an the this that these those it its he she they them we us i me my you your our their is "
    "are was were be been am do does did has have had can could should would will must not no "
    "never and or but if so than then as at in on of to for from with without into about after "
    "before because while when where what which who whom whose how still just only too very "
    "really also again please pls thanks ok yes there here"
)
_ABOUT = (
    "wrong broken slow dead stuck missing empty weird odd great nice fine bug bugs error errors "
    "fail failure crash issue issues problem problems code docs tests test readme output module "
    "function class design layout refactoring performance review coverage"
)
_NO_ARGUMENTS = frozenset(f"{_BETWEEN} {_ABOUT}".split())
# Said of something, they end in one of these.
_VERBS = (
    *("fail", "work", "look", "seem", "return", "show", "say", "crash", "hang", "break", "throw"),
    *("print", "giv", "tak", "need", "want", "get", "go", "miss", "mak", "stop", "stopp", "keep"),
    *("run", "runn", "ignor", "add", "us", "chang", "cost", "mean", "explain", "fix", "do", "be"),
)
_ENDINGS = ("s", "es", "ed", "ing")


def sentence(words: Sequence[str]) -> bool:
    """Whether any of `words` is one that only a sentence has, or a sign of one."""
    return any(map(_of_one, words))


def _of_one(word: str) -> bool:
    bare = word.lower().rstrip(".!")
    return (
        bare in _NO_ARGUMENTS
        or bare[-1:] in ("?", ",", ";", ":")
        or "'" in bare
        or any(bare == verb + end for verb in _VERBS for end in _ENDINGS)
    )
