"""Rules about the data that all numbers rest on."""

from app.insights.findings import total, without_team
from app.insights.rules.rule import Rule
from app.metrics.declaration import Text

_DAY = 86_400.0

DATA: tuple[Rule, ...] = (
    Rule(
        name="incomplete_data",
        priority="medium",
        source=total("data_coverage"),
        relation="below",
        threshold=0.8,
        fewest=1,
        form="ratio",
        title=Text(en="The data has gaps", fr="Les données ont des trous"),
        reason=Text(
            en="Data coverage is {value} (below {threshold}): numbers that rest on it may mislead.",
            fr="La couverture des données est de {value} (moins de {threshold}) : les nombres qui en dépendent peuvent "
            "tromper.",
        ),
        action=Text(
            en="Look at the rule with the lowest share in data_coverage, and fill what it lacks first.",
            fr="Regardez la règle à la plus faible part dans data_coverage, et complétez d’abord ce qui lui manque.",
        ),
    ),
    Rule(
        name="stale_data",
        priority="high",
        source=total("freshness", by=("source",)),
        relation="above",
        threshold=2 * _DAY,
        fewest=1,
        form="duration",
        title=Text(en="The data of {about} is old", fr="Les données de {about} sont anciennes"),
        reason=Text(
            en="What is known of {about} ends {value} ago (above {threshold}).",
            fr="Ce que l’on sait de {about} s’arrête il y a {value} (plus de {threshold}).",
        ),
        action=Text(
            en="An admin looks at the last sync of {about}: its error says what to do.",
            fr="Un administrateur regarde la dernière synchronisation de {about} : son erreur dit quoi faire.",
        ),
        by_team=False,
    ),
    Rule(
        name="work_without_team",
        priority="low",
        source=without_team("throughput"),
        relation="above",
        threshold=0.3,
        fewest=20,
        form="ratio",
        title=Text(en="Much work belongs to no team", fr="Beaucoup de travail n’est d’aucune équipe"),
        reason=Text(
            en="{value} of the {n} finished items are of no team (above {threshold}): team numbers leave them out.",
            fr="{value} des {n} éléments terminés ne sont d’aucune équipe (plus de {threshold}) : les nombres par "
            "équipe les ignorent.",
        ),
        action=Text(
            en="Join accounts to people and put people into teams: the suggestions from the tools' groups do most of "
            "it.",
            fr="Reliez les comptes aux personnes et les personnes aux équipes : les suggestions tirées des groupes des "
            "outils font l’essentiel.",
        ),
        by_team=False,
    ),
)
