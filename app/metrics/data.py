"""Data: how complete it is, how fresh, and whether anybody reads it."""

from collections.abc import Callable

from app.metrics import utilisation
from app.metrics.declaration import RATIO_MEASURES, Metric, Text


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
