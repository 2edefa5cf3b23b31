"""Data: how complete it is, how fresh, and whether anybody reads it."""

from collections.abc import Callable

from app.metrics import coverage, freshness, utilisation
from app.metrics.declaration import RATIO_MEASURES, Metric, Text

FRESHNESS = Metric(
    name="freshness",
    title=Text(en="Freshness", fr="Fraîcheur"),
    formula=Text(
        en="Now, to the minute, minus the instant up to which a source's data is complete: of each stream, and of the "
        "stalest one. Streams of which nobody knows it are counted; of the past it is not recorded.",
        fr="Maintenant, à la minute, moins l’instant jusqu’auquel les données d’une source sont complètes : pour "
        "chaque flux, et pour le plus ancien. Les flux pour lesquels il est inconnu sont comptés ; il n’est pas "
        "conservé pour le passé.",
    ),
    unit="seconds",
    better="lower",
    measures=("n", "value", "by"),
    entry_columns=("source", "source_id", "stream", "complete_until", "value"),
    measure=freshness.freshness,
    listing=freshness.streams_behind,
    streams=(),
    dimensions=("source", "tool"),
    ages=True,
)


DATA_COVERAGE = Metric(
    name="data_coverage",
    title=Text(en="Data coverage", fr="Couverture des données"),
    formula=Text(
        en="Mean over rules of the share present: a source of each tool in the catalogue with fresh data; an assignee, "
        "a team, a type and mapped statuses for each item that is open or was finished in the last 30 days; a person "
        "for each human's account. Past days are as they were recorded. By team, the rules about items only.",
        fr="Moyenne, sur les règles, de la part présente : une source à jour pour chaque outil du catalogue ; un "
        "responsable, une équipe, un type et des statuts classés pour chaque élément ouvert ou terminé depuis moins de "
        "30 jours ; une personne pour chaque compte humain. Les jours passés sont tels qu’enregistrés. Par équipe, "
        "seules les règles sur les éléments.",
    ),
    unit="ratio",
    better="higher",
    measures=("n", "value", "by"),
    entry_columns=("rule", "value", "numerator", "denominator"),
    measure=coverage.data_coverage,
    listing=coverage.shares_behind,
    dimensions=("team", "source", "tool"),
    ages=True,
)


def data_utilisation(names: Callable[[], tuple[str, ...]]) -> Metric:
    """The metric about the catalogue itself; `names` gives those of all metrics, once there are all."""
    return Metric(
        name="data_utilisation",
        title=Text(en="Data utilisation", fr="Utilisation des données"),
        formula=Text(
            en="Data assets (a metric of a team, or of everybody) read at least once in the bucket, over the assets "
            "available. Requests marked as automatic refresh are no reading; days are the deployment's.",
            fr="Actifs de données (une mesure d’une équipe, ou de tous) lus au moins une fois dans la période, sur les "
            "actifs disponibles. Les requêtes marquées comme rafraîchissement automatique ne comptent pas ; les jours "
            "sont ceux du déploiement.",
        ),
        unit="ratio",
        better="higher",
        measures=RATIO_MEASURES,
        measure=lambda question: utilisation.data_utilisation(question, names()),
        listing=lambda question: utilisation.assets_behind(question, names()),
        streams=(),
        dimensions=("team", "how_read"),
    )
