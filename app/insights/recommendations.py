"""What to do next: the rules that hold, each with its evidence and one action."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.core.types import to_micros
from app.insights.findings import Finding
from app.insights.numbers import Numbers
from app.insights.rules import PRIORITIES, RULES, Rule
from app.insights.texts import filled, plain, said
from app.metrics.declaration import Text
from app.metrics.insights import IMPACT, RECOMMENDATIONS
from app.metrics.query import data_instant, metric_named
from app.metrics.window import text

Plain = dict[str, Any]


def recommendations(numbers: Numbers, rules: Sequence[Rule] = RULES) -> Plain:
    """The recommendations as the API shows them, the most pressing first; the same numbers give the same ones.

    A rule is looked at for everybody (or the teams asked for) and for each team. Raises InvalidError.
    """
    told = [rule for rule in rules if numbers.tells(name for name in rule.source.rests_on if name != IMPACT.name)]
    found = [(rule, finding) for rule in told for finding in _holding(numbers, rule)]
    found.sort(key=lambda pair: (PRIORITIES.index(pair[0].priority), rules.index(pair[0]), *_team_order(pair[1])))
    window = numbers.window
    return {
        "metric": RECOMMENDATIONS.name,
        "definition": RECOMMENDATIONS.version,
        "from": text(to_micros(window.start)),
        "to": text(to_micros(window.end)),
        "timezone": window.tz,
        "as_of": text(to_micros(data_instant(numbers.reader))),
        "recommendations": [_told(rule, finding, numbers) for rule, finding in found],
    }


def _holding(numbers: Numbers, rule: Rule) -> Iterator[Finding]:
    scopes: list[tuple[str, ...]] = [()]
    if rule.by_team and numbers.has_teams(rule.source.metric):
        scopes.append(("team",))
    for scope in scopes:
        for finding in rule.source.found(numbers, scope):
            team = finding.about.get("team")
            if (team is None or team["id"] is not None) and _holds(rule, finding):
                yield finding


def _holds(rule: Rule, finding: Finding) -> bool:
    if finding.suppressed or finding.value is None or finding.n < rule.fewest:
        return False
    return finding.value > rule.threshold if rule.relation == "above" else finding.value < rule.threshold


def _team_order(finding: Finding) -> tuple[bool, str, str]:
    """Everybody before single teams."""
    team = finding.about.get("team")
    others = str([label["name"] for name, label in finding.about.items() if name != "team"])
    return team is not None, "" if team is None else team["name"].casefold(), others


def _told(rule: Rule, finding: Finding, numbers: Numbers) -> Plain:
    team = finding.about.get("team")
    about = {name: label for name, label in finding.about.items() if name != "team"}
    value = finding.value or 0.0
    words: dict[str, Text | str | int] = {
        "value": said(abs(value), rule.form),
        "threshold": said(abs(rule.threshold), rule.form),
        "n": finding.n,
        "about": next((str(label["name"]) for label in about.values()), ""),
        "cost": _cost(finding),
    }
    return {
        "rule": rule.name,
        "priority": rule.priority,
        "team": team,
        "about": about,
        "title": plain(filled(rule.title, **words)),
        "reason": plain(filled(rule.reason, **words)),
        "action": plain(filled(rule.action, **words)),
        "evidence": {
            "metric": rule.source.metric,
            "measure": rule.source.measure,
            "unit": metric_named(rule.source.metric).unit,
            "rests_on": list(rule.source.rests_on),
            "from": text(to_micros(numbers.window.start)),
            "to": text(to_micros(numbers.window.end)),
            "value": finding.value,
            "relation": rule.relation,
            "threshold": rule.threshold,
            "n": finding.n,
            **finding.more,
        },
    }


def _cost(finding: Finding) -> Text:
    """What idle seats cost, where an admin gave the price."""
    cost, currency = finding.more.get("idle_cost"), finding.more.get("currency")
    if not cost or not currency:
        return Text(en="", fr="")
    amount = said(cost, "number")
    return Text(en=f" The idle ones cost {amount.en} {currency} a month.",
                fr=f" Les inactives coûtent {amount.fr} {currency} par mois.")  # fmt: skip
