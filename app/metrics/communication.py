"""Communication: how soon people answer each other, across teams, and how conflicts end."""

from functools import partial

from app.metrics import conflicts, meetings, satisfaction, threads
from app.metrics.declaration import DURATION_MEASURES, RATIO_MEASURES, Metric, Text
from app.metrics.result import QUANTILES

THREAD_DIMENSIONS = ("team", "source", "tool", "channel")
THREAD_STREAMS = ("conversations", "channels")

_SCORE = ("n", "value", "mean", "nps", "responses", "response_rate")


def _satisfaction(topic: str, title: Text, subject: Text) -> Metric:
    return Metric(
        name=f"{topic}_satisfaction",
        title=title,
        formula=Text(
            en=f"Share of the answers to surveys about {subject.en} that, mapped linearly to 1-5 and not rounded, are "
            "at least 4, as 0-100; mean is on 1-5, nps rests on the answers on a scale of 0-10. The team is the one "
            "that the answer names, else that of whoever answered. The response rate is not known: no source tells how "
            "many were asked.",
            fr=f"Part des réponses aux enquêtes sur {subject.fr} qui, ramenées linéairement à 1-5 sans arrondi, valent "
            "au moins 4, de 0 à 100 ; mean est sur 1-5, nps porte sur les réponses de 0 à 10. L’équipe est celle que "
            "nomme la réponse, sinon celle de la personne. Le taux de réponse est inconnu : aucune source ne dit "
            "combien de personnes ont été interrogées.",
        ),
        unit="score",
        better="higher",
        measures=_SCORE,
        measure=partial(satisfaction.satisfaction, topic=topic),
        listing=partial(satisfaction.answers_behind, topic=topic),
        streams=("survey_responses",),
        dimensions=("team", "source", "tool"),
        own={"tool": "rated_tool"},
    )


COMMUNICATION: tuple[Metric, ...] = (
    Metric(
        name="response_time",
        title=Text(en="Response time", fr="Temps de réponse"),
        formula=Text(
            en="First reply by another human minus the first message, of the threads that a human opened in the bucket "
            "in channels whose members are of two teams or more. Threads that nobody answered are counted; those older "
            "than 7 days enter the percentiles as longer than the longest, and a percentile among them is not known.",
            fr="Première réponse d’une autre personne moins le premier message, pour les fils ouverts par une personne "
            "dans la période, dans les canaux dont les membres viennent de deux équipes ou plus. Les fils sans réponse "
            "sont comptés ; ceux de plus de 7 jours entrent dans les centiles comme plus longs que le plus long, et un "
            "centile qui tombe parmi eux n’est pas connu.",
        ),
        unit="seconds",
        better="lower",
        measures=("n", *QUANTILES, "unanswered"),
        measure=threads.response_time,
        listing=threads.response_times_behind,
        streams=THREAD_STREAMS,
        dimensions=THREAD_DIMENSIONS,
    ),
    Metric(
        name="cross_team_share",
        title=Text(en="Cross-team conversations", fr="Échanges entre équipes"),
        formula=Text(
            en="Threads of the bucket with humans of two teams or more, over those with two humans or more. Who has no "
            "team makes none.",
            fr="Fils de la période réunissant des personnes de deux équipes ou plus, sur ceux réunissant deux "
            "personnes ou plus. Une personne sans équipe n’en constitue pas une.",
        ),
        unit="ratio",
        better="higher",
        measures=RATIO_MEASURES,
        measure=threads.cross_team_share,
        listing=threads.shared_behind,
        streams=("conversations",),
        dimensions=THREAD_DIMENSIONS,
    ),
    Metric(
        name="conflicts_resolved",
        title=Text(en="Conflicts resolved", fr="Conflits résolus"),
        formula=Text(
            en="Conflicts (threads with a conflict mark, work items of the kind conflict) resolved in the bucket, by a "
            "resolving mark or by done; open counts those left at its end; the percentiles are the time from the mark, "
            "or the creation, to the resolution. A mark without an instant counts from when it was first seen.",
            fr="Conflits (fils portant une marque de conflit, éléments de nature conflit) résolus dans la période, par "
            "une marque de résolution ou l’état terminé ; open compte ceux qui restent à la fin ; les centiles sont le "
            "temps de la marque, ou de la création, à la résolution. Une marque sans instant compte à partir du moment "
            "où elle a été vue.",
        ),
        unit="conflicts",
        better="higher",
        measures=("n", "value", "open", *DURATION_MEASURES[1:]),
        measure=conflicts.conflicts_resolved,
        listing=conflicts.resolved_behind,
        streams=("conversations", "work_items", "transitions"),
        dimensions=("team", "source", "tool"),
    ),
    _satisfaction(
        "communication",
        Text(en="Satisfaction with communication", fr="Satisfaction de la communication"),
        Text(en="communication", fr="la communication"),
    ),
    Metric(
        name="meeting_share",
        title=Text(en="Time in meetings", fr="Temps en réunion"),
        formula=Text(
            en="Seconds in meetings over the working seconds of the same people, day by day. Counted are the people of "
            "whom a source told a meeting in the 27 days before or after; working time is that of their team's "
            "calendar, as far as it has elapsed.",
            fr="Secondes en réunion sur secondes ouvrées des mêmes personnes, jour par jour. Sont comptées les "
            "personnes dont une source a signalé une réunion dans les 27 jours avant ou après ; le temps ouvré est "
            "celui du calendrier de leur équipe, dans la mesure où il est écoulé.",
        ),
        unit="ratio",
        better="lower",
        measures=RATIO_MEASURES,
        measure=meetings.meeting_share,
        listing=meetings.meetings_behind,
        streams=("meeting_days",),
        dimensions=("team", "source", "tool"),
        timed=True,
    ),
)

TOOL_SATISFACTION = _satisfaction(
    "tool",
    Text(en="Satisfaction with tools", fr="Satisfaction des outils"),
    Text(en="tools (or that name a tool and no topic)", fr="les outils (ou nommant un outil sans sujet)"),
)
