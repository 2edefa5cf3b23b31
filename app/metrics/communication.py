"""Communication: how soon people answer each other, across teams, and how conflicts end."""

from app.metrics import conflicts, threads
from app.metrics.declaration import DURATION_MEASURES, RATIO_MEASURES, Metric, Text
from app.metrics.result import QUANTILES

THREAD_DIMENSIONS = ("team", "source", "tool", "channel")
THREAD_STREAMS = ("conversations", "channels")

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
)
