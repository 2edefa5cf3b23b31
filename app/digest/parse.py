"""What somebody asks of `/prodops`, read with patience: metrics by name or title, names of teams and tools, periods.

Nothing that is typed is an error: what cannot be read is told, with what may have been meant.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from app.core.language import Language
from app.digest import periods
from app.digest.periods import Period

_MOST = 300
_MOST_WORDS = 40
_SURE, _LIKELY = 0.84, 0.55
_FEW = 8
_HELP = frozenset({"help", "aide", "h", "?"})
_ALIASES = {
    "cycle": "cycle_time", "temps cycle": "cycle_time", "lead": "lead_time", "delai": "lead_time",
    "velocity": "throughput", "velocite": "throughput",
    "debit": "throughput", "livraisons": "throughput", "automation": "automation_rate",
    "automatisation": "automation_rate", "adoption": "adoption_rate", "active users": "active_users",
    "utilisateurs actifs": "active_users", "licences": "seat_utilisation", "seats": "seat_utilisation",
    "satisfaction": "tool_satisfaction", "encours": "wip", "en cours": "wip", "age": "wip_age",
    "reouverture": "reopen_rate", "reopen": "reopen_rate", "reaction": "reaction_time", "efficiency": "flow_efficiency",
    "efficience": "flow_efficiency", "response": "response_time", "reponse": "response_time",
    "meetings": "meeting_share", "reunions": "meeting_share", "conflicts": "conflicts_resolved",
    "conflits": "conflicts_resolved", "coverage": "data_coverage", "couverture": "data_coverage",
}  # fmt: skip
_FRENCH_WORDS = frozenset(
    {"le", "la", "les", "de", "du", "des", "pour", "equipe", "equipes", "projet", "outil", "aide", "depuis", "temps"}
)
_ENGLISH_WORDS = frozenset({"the", "of", "for", "in", "team", "teams", "project", "tool", "help", "since", "time"})
_JOINTS = {"l", "d", "a", "au", "aux", "en", "et", "and", "on", "by", "par", "dans"}
_FILLERS = (_FRENCH_WORDS | _ENGLISH_WORDS | _JOINTS) - _HELP
_DIMENSIONS = {
    "team": "team", "teams": "team", "equipe": "team", "equipes": "team",
    "project": "project", "projet": "project", "tool": "tool", "outil": "tool",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """A value of a dimension, by which a number can be filtered."""

    dimension: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What can be asked about: metrics with all their names, those that can be filtered by what, and the names."""

    metrics: Mapping[str, Sequence[str]]
    dimensions: Mapping[str, frozenset[str]]
    names: Sequence[Name]


@dataclass(frozen=True, slots=True)
class Ask:
    """What was understood. Without a metric there is nothing to answer with; `meant` are metrics that may be meant.

    `unknown` holds the words that name nothing, with the names that they may stand for; `unfit` names that the
    metric cannot be filtered by. `language` is that of the words, where they tell.
    """

    wants_help: bool = False
    metric: str | None = None
    names: tuple[Name, ...] = ()
    period: Period | None = None
    meant: tuple[str, ...] = ()
    unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unfit: tuple[Name, ...] = ()
    language: Language | None = field(default=None)


def plain(text: str) -> str:
    """Words in lower case, without accents and signs."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w]+|_", " ", bare.casefold()).split())


def parse(text: str, vocabulary: Vocabulary, today: date) -> Ask:
    """What is asked. Never raises."""
    words = " ".join(plain(text[:_MOST]).split()[:_MOST_WORDS])
    language = _language(words.split())
    if not words or words.split()[0] in _HELP:
        return Ask(wants_help=True, language=language)
    period, rest, spoken = periods.found(words, today)
    language = spoken or language
    metric, rest, meant = _metric(rest, vocabulary)
    if metric is None:
        return Ask(meant=meant, period=period, language=language)
    names, unfit, unknown = _names(rest, vocabulary, vocabulary.dimensions.get(metric, frozenset()))
    return Ask(metric=metric, names=names, period=period, unknown=unknown, unfit=unfit, language=language)


def _language(words: Sequence[str]) -> Language | None:
    french, english = sum(word in _FRENCH_WORDS for word in words), sum(word in _ENGLISH_WORDS for word in words)
    if french == english:
        return None
    return Language.FR if french > english else Language.EN


def _metric(text: str, vocabulary: Vocabulary) -> tuple[str | None, str, tuple[str, ...]]:
    called = {plain(alias): name for name, aliases in vocabulary.metrics.items() for alias in (name, *aliases)}
    called |= {alias: name for alias, name in _ALIASES.items() if name in vocabulary.metrics and alias not in called}
    whole = _longest(text, called)
    if whole is not None:
        return called[whole], _without(text, whole), ()
    phrases = _phrases(text.split())
    for cutoff in (_SURE, _LIKELY):
        close = {
            phrase: matches for phrase in phrases if (matches := get_close_matches(phrase, called, n=3, cutoff=cutoff))
        }
        if cutoff == _SURE and close:
            phrase = max(close, key=len)
            return called[close[phrase][0]], _without(text, phrase), ()
        if close:
            meant = dict.fromkeys(
                called[one] for phrase in sorted(close, key=len, reverse=True) for one in close[phrase]
            )
            return None, text, tuple(meant)[:3]
    return None, text, ()


def _names(
    text: str, vocabulary: Vocabulary, dimensions: frozenset[str]
) -> tuple[tuple[Name, ...], tuple[Name, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    hinted = {_DIMENSIONS[word] for word in text.split() if word in _DIMENSIONS}
    order = ("team", "project", "tool")
    ranked = sorted(
        (one for one in vocabulary.names if one.dimension in order),
        key=lambda one: (one.dimension not in dimensions, one.dimension not in hinted, order.index(one.dimension)),
    )
    called: dict[str, Name] = {}
    for one in ranked:
        called.setdefault(plain(one.name), one)
    called.pop("", None)
    chosen: list[Name] = []
    rest = text
    while (whole := _longest(rest, called)) is not None:
        chosen.append(called[whole])
        rest = _without(rest, whole)
    left = [word for word in rest.split() if word not in _FILLERS]
    unknown: list[tuple[str, tuple[str, ...]]] = []
    if left:
        phrase = " ".join(left)
        sure = _sure(phrase, left, called)
        if sure is not None:
            chosen.append(sure)
        else:
            likely = get_close_matches(phrase, called, n=3, cutoff=_LIKELY)
            likely += [name for word in left for name in get_close_matches(word, called, n=2, cutoff=_LIKELY)]
            near = tuple(dict.fromkeys(called[one].name for one in likely))[:3]
            unknown.append((phrase, near or _tools(vocabulary, dimensions)))
    fit = dict.fromkeys(one for one in chosen if one.dimension in dimensions)
    return tuple(fit), tuple(one for one in chosen if one.dimension not in dimensions), tuple(unknown)


def _tools(vocabulary: Vocabulary, dimensions: frozenset[str]) -> tuple[str, ...]:
    """The tools, for a number that is about tools: there are few of them."""
    if "tool" not in dimensions or "project" in dimensions:
        return ()
    return tuple(one.name for one in vocabulary.names if one.dimension == "tool")[:_FEW]


def _sure(phrase: str, words: Sequence[str], called: Mapping[str, Name]) -> Name | None:
    """The one name that a phrase must mean: it begins with it, or it is nearly it."""
    beginning = [name for name in called if len(phrase) >= 3 and name.startswith(phrase)]
    if len(beginning) == 1:
        return called[beginning[0]]
    for text in (phrase, *words):
        near = get_close_matches(text, called, n=2, cutoff=_SURE)
        if len(near) == 1 and len(words) == 1:
            return called[near[0]]
    return None


def _longest(text: str, called: Iterable[str]) -> str | None:
    padded = f" {text} "
    return max((name for name in called if name and f" {name} " in padded), key=len, default=None)


def _without(text: str, phrase: str) -> str:
    return f" {text} ".replace(f" {phrase} ", " ", 1).strip()


def _phrases(words: Sequence[str]) -> list[str]:
    return [
        " ".join(words[start : start + width])
        for width in (3, 2, 1)
        for start in range(max(0, len(words) - width + 1))
        if len(" ".join(words[start : start + width])) >= 3
    ]
