"""What the names inside answers are called, in both languages: measures, dimensions, units and reasons.

Documents and screens take them from here, so that a name means the same everywhere.
"""

from collections.abc import Mapping

from app.metrics.declaration import Text

Words = Mapping[str, Text]

MEASURES: Words = {
    "n": Text(en="how many facts it rests on", fr="nombre de faits sur lesquels elle repose"),
    "value": Text(en="the number itself", fr="le nombre lui-même"),
    "numerator": Text(en="what is above in the ratio", fr="numérateur du rapport"),
    "denominator": Text(en="what is below in the ratio", fr="dénominateur du rapport"),
    "mean": Text(en="mean", fr="moyenne"),
    "p50": Text(en="median", fr="médiane"),
    "p75": Text(en="75th percentile", fr="75ᵉ centile"),
    "p85": Text(en="85th percentile", fr="85ᵉ centile"),
    "p95": Text(en="95th percentile", fr="95ᵉ centile"),
    "share": Text(en="share of the whole", fr="part du total"),
    "total": Text(en="sum", fr="somme"),
    "rank": Text(en="place in the ranking", fr="rang"),
    "share_change": Text(
        en="change of the share against the window before", fr="évolution de la part par rapport à la période d’avant"
    ),
    "arrivals": Text(en="what came in", fr="entrées"),
    "departures": Text(en="what left", fr="sorties"),
    "growth": Text(en="arrivals minus departures", fr="entrées moins sorties"),
    "trend": Text(en="change of the growth", fr="évolution de cette croissance"),
    "visits": Text(en="how often items entered it", fr="nombre de passages"),
    "by": Text(en="the entries of the list", fr="les lignes de la liste"),
    "reopenings": Text(en="moves out of done, by their own date", fr="sorties de l’état terminé, à leur propre date"),
    "items": Text(en="share of the items moved", fr="part des éléments déplacés"),
    "items_numerator": Text(en="items with an automated transition", fr="éléments ayant une transition automatisée"),
    "items_denominator": Text(en="items with any known transition", fr="éléments ayant une transition connue"),
    "dau": Text(en="people active on the last day", fr="personnes actives le dernier jour"),
    "wau": Text(en="people active in the last 7 days", fr="personnes actives sur les 7 derniers jours"),
    "mau": Text(en="people active in the last 28 days", fr="personnes actives sur les 28 derniers jours"),
    "eligible": Text(en="who counts as eligible: seats or people", fr="qui est éligible : licences ou personnes"),
    "held": Text(en="seats held", fr="licences attribuées"),
    "active": Text(en="seats whose holder was active", fr="licences dont le détenteur a été actif"),
    "never_used": Text(en="seats that were never used", fr="licences jamais utilisées"),
    "bought": Text(en="seats bought", fr="licences achetées"),
    "idle_cost": Text(en="what idle seats cost a month", fr="coût mensuel des licences inactives"),
    "currency": Text(en="currency of the cost", fr="devise du coût"),
    "events": Text(en="events", fr="événements"),
    "people": Text(en="distinct people", fr="personnes distinctes"),
    "nps": Text(en="net promoter score", fr="net promoter score"),
    "responses": Text(en="responses", fr="réponses"),
    "response_rate": Text(en="share of those asked who answered", fr="part des personnes interrogées ayant répondu"),
    "unanswered": Text(en="threads that nobody answered", fr="fils restés sans réponse"),
    "before": Text(en="the number before", fr="le nombre avant"),
    "after": Text(en="the number after", fr="le nombre après"),
    "difference": Text(en="after minus before", fr="après moins avant"),
    "interval": Text(en="95 % interval of the difference", fr="intervalle à 95 % de la différence"),
    "test": Text(en="test of the difference", fr="test de la différence"),
    "verdict": Text(en="what can be said of it", fr="ce que l’on peut en dire"),
    "at": Text(en="day or number at 50, 85 and 95 %", fr="jour ou nombre à 50, 85 et 95 %"),
    "backtest": Text(en="how often it held in the past", fr="à quelle fréquence elle s’est vérifiée"),
    "recommendations": Text(en="what to do, and why", fr="quoi faire, et pourquoi"),
    "level": Text(en="level from 1 to 5", fr="niveau de 1 à 5"),
    "from_created": Text(en="median from the creation on", fr="médiane depuis la création"),
    "from_created_p75": Text(en="75th percentile from the creation on", fr="75ᵉ centile depuis la création"),
    "from_created_p85": Text(en="85th percentile from the creation on", fr="85ᵉ centile depuis la création"),
    "from_created_p95": Text(en="95th percentile from the creation on", fr="95ᵉ centile depuis la création"),
    "open": Text(en="still open at the end", fr="encore ouverts à la fin"),
}

DIMENSIONS: Words = {
    "team": Text(en="team", fr="équipe"),
    "project": Text(en="project", fr="projet"),
    "source": Text(en="source", fr="source"),
    "tool": Text(en="tool", fr="outil"),
    "item_type": Text(en="item type", fr="type d’élément"),
    "item_kind": Text(en="item kind", fr="nature d’élément"),
    "priority": Text(en="priority", fr="priorité"),
    "status": Text(en="status", fr="statut"),
    "automated_by": Text(en="how automation was told", fr="origine de l’automatisation"),
    "event": Text(en="event", fr="événement"),
    "channel": Text(en="channel", fr="canal"),
    "how_read": Text(en="way of reading", fr="mode de lecture"),
}

UNITS: Words = {
    "seconds": Text(en="seconds", fr="secondes"),
    "ratio": Text(en="ratio from 0 to 1", fr="rapport de 0 à 1"),
    "items": Text(en="items", fr="éléments"),
    "people": Text(en="people", fr="personnes"),
    "events": Text(en="events", fr="événements"),
    "conflicts": Text(en="conflicts", fr="conflits"),
    "bugs": Text(en="bugs per launch", fr="bogues par mise en production"),
    "score": Text(en="score from 0 to 100", fr="score de 0 à 100"),
    "verdict": Text(en="verdict", fr="verdict"),
    "certainty": Text(en="days or items by certainty", fr="jours ou éléments par certitude"),
    "advice": Text(en="advice", fr="conseils"),
    "level": Text(en="level from 1 to 5", fr="niveau de 1 à 5"),
}

BETTER: Words = {
    "lower": Text(en="lower is better", fr="plus bas est mieux"),
    "higher": Text(en="higher is better", fr="plus haut est mieux"),
    "none": Text(en="neither direction is better", fr="aucun sens n’est meilleur"),
}

GRAINS: Words = {
    "day": Text(en="day", fr="jour"),
    "week": Text(en="week", fr="semaine"),
    "month": Text(en="month", fr="mois"),
    "quarter": Text(en="quarter", fr="trimestre"),
    "total": Text(en="whole window", fr="période entière"),
}
