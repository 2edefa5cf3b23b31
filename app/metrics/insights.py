"""Insights: what is made of several metrics. They are declared beside them, and worked out in `app/insights`."""

from app.metrics.communication import COMMUNICATION
from app.metrics.declaration import Declared, Text
from app.metrics.process import PROCESS
from app.metrics.tooling import TOOLING

_EVERY = tuple(dict.fromkeys(name for metric in (*PROCESS, *TOOLING, *COMMUNICATION) for name in metric.dimensions))

IMPACT = Declared(
    name="impact",
    title=Text(en="Impact", fr="Effet"),
    formula=Text(
        en="A metric (`of`) in the window and in the one before, or in `compare`: the difference, its 95 % bootstrap "
        "interval, a Mann-Whitney test for durations and the sample sizes; too little data is an answer.",
        fr="Une mesure (`of`) dans la période et dans la précédente, ou dans `compare` : la différence, son intervalle "
        "à 95 % par bootstrap, un test de Mann-Whitney pour les durées et les effectifs ; trop peu de données est une "
        "réponse.",
    ),
    unit="verdict",
    better="none",
    measures=("before", "after", "difference", "interval", "test", "verdict"),
    dimensions=_EVERY,
    grains=("total",),
)
FORECAST = Declared(
    name="forecast",
    title=Text(en="Forecast", fr="Prévision"),
    formula=Text(
        en="Monte Carlo from the daily throughput of the last 90 days: by when `items` will be done, or how many by "
        "the day `until`, at 50, 85 and 95 %; refused under 20 finished items, and tried on the past.",
        fr="Monte-Carlo à partir du débit quotidien des 90 derniers jours : pour quand `items` éléments seront "
        "terminés, ou combien d’ici le jour `until`, à 50, 85 et 95 % ; refusée sous 20 éléments terminés, et éprouvée "
        "sur le passé.",
    ),
    unit="certainty",
    better="none",
    measures=("at", "backtest"),
    dimensions=next(metric.dimensions for metric in PROCESS if metric.name == "throughput"),
    grains=("total",),
)
RECOMMENDATIONS = Declared(
    name="recommendations",
    title=Text(en="Recommendations", fr="Recommandations"),
    formula=Text(
        en="Rules over the metrics of the window, for everybody and for each team: where one holds, its evidence and "
        "one action. A rule whose numbers are suppressed or rest on too little says nothing.",
        fr="Des règles sur les mesures de la période, pour tous et pour chaque équipe : quand l’une s’applique, ses "
        "preuves et une action. Une règle dont les nombres sont masqués ou trop faibles ne dit rien.",
    ),
    unit="advice",
    better="none",
    measures=("recommendations",),
    dimensions=("team",),
    grains=("total",),
)
MATURITY = Declared(
    name="maturity",
    title=Text(en="Maturity", fr="Maturité"),
    formula=Text(
        en="Level 1 to 5 of six functions of product operations: the highest level of which, and of all below it, "
        "every criterion holds, measured or declared. What nobody knows counts as not met.",
        fr="Niveau de 1 à 5 de six fonctions des opérations produit : le plus haut dont tous les critères, et ceux des "
        "niveaux inférieurs, sont remplis, mesurés ou déclarés. Ce que personne ne sait compte comme non rempli.",
    ),
    unit="level",
    better="higher",
    measures=("level",),
    dimensions=("team",),
    grains=("total",),
)
INSIGHTS = (IMPACT, FORECAST, RECOMMENDATIONS, MATURITY)
