"""How mature the functions of product operations are, and what holds back the next level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.types import to_micros
from app.insights.criteria import FUNCTIONS
from app.insights.criterion import Criterion, Declared, Function, Measured
from app.insights.findings import Finding, best
from app.insights.numbers import Numbers
from app.insights.texts import filled, plain, said
from app.metrics.declaration import Text
from app.metrics.insights import MATURITY
from app.metrics.query import data_instant, metric_named
from app.metrics.window import text

Plain = dict[str, Any]

_RELATIONS = {
    "at_least": Text(en="at least {threshold}", fr="au moins {threshold}"),
    "at_most": Text(en="at most {threshold}", fr="au plus {threshold}"),
}
_MEASURED = Text(en="{title}: {value}; needed: {needed}.", fr="{title} : {value} ; il faut : {needed}.")
_UNKNOWN = {
    "no_data": Text(en="not known", fr="inconnu"),
    "too_little_data": Text(en="too little data", fr="trop peu de données"),
    "suppressed": Text(en="not shown (too few people)", fr="masqué (trop peu de personnes)"),
}
_NO = Text(en="{question} Answered with no.", fr="{question} Réponse : non.")
_UNANSWERED = Text(en="{question} Nobody has answered yet.", fr="{question} Personne n’a encore répondu.")


@dataclass(frozen=True, slots=True)
class Answered:
    """What was declared of a question, by whom and when."""

    answer: bool
    by: str
    at: datetime


Answers = Mapping[str, Answered]


def maturity(numbers: Numbers, answers: Answers, functions: Sequence[Function] = FUNCTIONS) -> Plain:
    """The level of each function as the API shows it. Raises InvalidError.

    Declared criteria and metrics that cannot be had by team hold for everybody, also where teams are asked for.
    """
    window = numbers.window
    return {
        "metric": MATURITY.name,
        "definition": MATURITY.version,
        "from": text(to_micros(window.start)),
        "to": text(to_micros(window.end)),
        "timezone": window.tz,
        "as_of": text(to_micros(data_instant(numbers.reader))),
        "teams": list(numbers.teams),
        "functions": [_function(numbers, answers, function) for function in functions],
    }


def _function(numbers: Numbers, answers: Answers, function: Function) -> Plain:
    criteria = [
        _criterion(numbers, answers, level, criterion)
        for level, asked in enumerate(function.levels, start=2)
        for criterion in asked
    ]
    unmet = [one["level"] for one in criteria if not one["met"]]
    highest = len(function.levels) + 1
    level = min(unmet) - 1 if unmet else highest
    return {
        "function": function.name,
        "title": plain(function.title),
        "level": level,
        "next_level": level + 1 if level < highest else None,
        "held_back_by": [one for one in criteria if one["level"] == level + 1 and not one["met"]],
        "criteria": criteria,
    }


def _criterion(numbers: Numbers, answers: Answers, level: int, criterion: Criterion) -> Plain:
    if isinstance(criterion, Measured):
        return {"name": criterion.name, "level": level, "kind": "measured", **_measured(numbers, criterion)}
    return {"name": criterion.name, "level": level, "kind": "declared", **_declared(answers, criterion)}


def _measured(numbers: Numbers, criterion: Measured) -> Plain:
    finding = best(criterion.source.found(numbers)) or Finding({}, None, 0)
    unknown = _why_unknown(criterion, finding)
    value = None if unknown else finding.value
    met = value is not None and (
        value >= criterion.threshold if criterion.relation == "at_least" else value <= criterion.threshold
    )
    needed = filled(_RELATIONS[criterion.relation], threshold=said(criterion.threshold, criterion.form))
    shown = _UNKNOWN[unknown] if unknown else said(value or 0.0, criterion.form)
    return {
        "met": met,
        "unknown": unknown,
        "title": plain(criterion.title),
        "said": plain(filled(_MEASURED, title=criterion.title, value=shown, needed=needed)),
        "metric": criterion.source.metric,
        "measure": criterion.source.measure,
        "unit": metric_named(criterion.source.metric).unit,
        "value": value,
        "relation": criterion.relation,
        "threshold": criterion.threshold,
        "n": None if unknown == "suppressed" else finding.n,
        "by_team": bool(numbers.teams) and numbers.has_teams(criterion.source.metric),
    }


def _why_unknown(criterion: Measured, finding: Finding) -> str | None:
    if finding.suppressed:
        return "suppressed"
    if finding.value is None:
        return "no_data"
    if finding.n < criterion.fewest:
        return "too_little_data"
    return None


def _declared(answers: Answers, criterion: Declared) -> Plain:
    given = answers.get(criterion.name)
    template = _UNANSWERED if given is None else _NO
    met = given is not None and given.answer
    return {
        "met": met,
        "unknown": None if given is not None else "unanswered",
        "title": plain(criterion.question),
        "said": plain(criterion.question if met else filled(template, question=criterion.question)),
        "answer": None if given is None else given.answer,
        "answered_by": None if given is None else given.by,
        "answered_at": None if given is None else text(to_micros(given.at)),
    }
