"""What people answer when they are asked, every month, how they like their tools and how well they are told things.

Opinions have causes: one tool pleases and stays so, one loses its friends, one was brought in badly and nobody
took to it, one begins badly and gains; and after a reorganisation nobody feels well informed for a while.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

from connectors.kit import records
from connectors.kit.organisation.dice import Dice
from connectors.kit.organisation.directory import reorganisation
from connectors.kit.organisation.hours import HOUR
from connectors.kit.organisation.model import Account, Ms, Organisation, instant

Language = Literal["fr", "en"]

_DAY = 24 * HOUR
_MONTH = 30 * _DAY
_OPEN = 10 * _DAY
"""For how long a survey can be answered."""
_ANSWERS = 0.62
"""Share of the people who answer."""
_RECOVERY = 2.5 * _MONTH


@dataclass(frozen=True, slots=True)
class Opinion:
    """What people think of a tool on average, from 1 to 5: a year ago, and today."""

    then: float
    today: float


TOOLS = {
    "jira": Opinion(4.1, 3.1),
    "asana": Opinion(3.0, 2.7),
    "slack": Opinion(4.3, 4.3),
    "mixpanel": Opinion(2.9, 4.0),
}
_INFORMED, _UNINFORMED = 3.9, 2.6

_SATISFACTION: dict[Language, str] = {
    "fr": "Êtes-vous satisfait de cet outil ?",
    "en": "How satisfied are you with this tool?",
}
_RECOMMENDATION: dict[Language, str] = {
    "fr": "Recommanderiez-vous cet outil à une autre équipe ?",
    "en": "Would you recommend this tool to another team?",
}
_COMMUNICATION: dict[Language, str] = {
    "fr": "Êtes-vous bien informé de ce que font les autres équipes ?",
    "en": "Are you well informed of what other teams do?",
}


def answers(organisation: Organisation, now: Ms, *, language: Language) -> list[records.SurveyResponse]:
    """Every answer that was given until now, of a survey a month; the same ones at any later instant."""
    found: list[records.SurveyResponse] = []
    for begin in _waves(organisation):
        for account in organisation.accounts.values():
            if account.kind == "human" and account.active(begin) and begin <= now:
                found += [one for one in _of(organisation, account, begin, language) if one.at <= instant(now)]
    return found


def _waves(organisation: Organisation) -> Iterator[Ms]:
    """When each survey opens: the latest one has closed by today."""
    last = organisation.end - _OPEN
    begin = last - (last - organisation.begin) // _MONTH * _MONTH
    while begin + _OPEN <= organisation.horizon:
        yield begin
        begin += _MONTH


def _of(
    organisation: Organisation, account: Account, begin: Ms, language: Language
) -> Iterator[records.SurveyResponse]:
    """Somebody's answers to one survey."""
    day = instant(begin).date()
    survey = f"pulse-{day:%Y-%m-%d}"
    dice = Dice(crc32(f"{survey}/{account.id}".encode()))
    if not dice.chance(_ANSWERS):
        return
    at = instant(begin + dice.below(_OPEN) // 1_000 * 1_000)
    mood = dice.below(100) / 100 - 0.5
    for tool, opinion in TOOLS.items():
        mean = _drifted(organisation, opinion, begin) + mood
        yield records.SurveyResponse(
            external_id=f"{survey}/{tool}/{account.id}",
            survey=survey,
            question=_SATISFACTION[language],
            topic="tool",
            tool=tool,
            kind="csat",
            scale_min=1,
            scale_max=5,
            score=_score(dice, mean, 1, 5),
            account=account.id,
            at=at,
        )
        if dice.chance(0.5):
            yield records.SurveyResponse(
                external_id=f"{survey}/{tool}-nps/{account.id}",
                survey=survey,
                question=_RECOMMENDATION[language],
                topic="tool",
                tool=tool,
                kind="nps",
                scale_min=0,
                scale_max=10,
                score=_score(dice, mean * 2.1, 0, 10),
                account=account.id,
                at=at,
            )
    yield records.SurveyResponse(
        external_id=f"{survey}/communication/{account.id}",
        survey=survey,
        question=_COMMUNICATION[language],
        topic="communication",
        kind="csat",
        scale_min=1,
        scale_max=5,
        score=_score(dice, _told(organisation, begin) + mood, 1, 5),
        account=account.id,
        at=at,
    )


def _drifted(organisation: Organisation, opinion: Opinion, at: Ms) -> float:
    share = min(max((organisation.end - at) / (12 * _MONTH), 0.0), 1.0)
    return opinion.today + (opinion.then - opinion.today) * share


def _told(organisation: Organisation, at: Ms) -> float:
    since = at - reorganisation(organisation).at
    if since < 0:
        return _INFORMED
    return min(_UNINFORMED + (_INFORMED - _UNINFORMED) * since / _RECOVERY, _INFORMED)


def _score(dice: Dice, mean: float, low: int, high: int) -> float:
    """A whole number around the mean."""
    spread = (high - low) / 2.5
    return float(min(max(round(mean + (dice.below(1_000) / 1_000 - 0.5) * spread), low), high))
