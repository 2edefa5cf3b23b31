"""Rules about tools: what is paid for, used and liked."""

from app.insights.findings import change, total
from app.insights.rules.rule import Rule
from app.metrics.declaration import Text

TOOLS: tuple[Rule, ...] = (
    Rule(
        name="idle_seats",
        priority="medium",
        source=total("seat_utilisation", by=("tool",), more=("idle_cost", "currency")),
        relation="below",
        threshold=0.7,
        fewest=10,
        form="ratio",
        title=Text(en="Seats of {about} stand idle", fr="Des licences de {about} dorment"),
        reason=Text(
            en="Only {value} of the {n} seats held were used in 28 days (below {threshold}).{cost}",
            fr="Seulement {value} des {n} licences attribuées ont servi en 28 jours (moins de {threshold}).{cost}",
        ),
        action=Text(
            en="Take the idle seats of {about} back before the next renewal: an admin sees the list.",
            fr="Reprenez les licences inactives de {about} avant le prochain renouvellement : un administrateur "
            "en voit la liste.",
        ),
        by_team=False,
    ),
    Rule(
        name="low_adoption",
        priority="medium",
        source=total("adoption_rate", by=("tool",)),
        relation="below",
        threshold=0.5,
        fewest=10,
        form="ratio",
        title=Text(en="{about} is not used by most", fr="{about} n’est pas utilisé par la plupart"),
        reason=Text(
            en="{value} of the {n} people who could use {about} did so in the last 28 days (below {threshold}).",
            fr="{value} des {n} personnes qui pourraient utiliser {about} l’ont fait ces 28 derniers jours (moins de "
            "{threshold}).",
        ),
        action=Text(
            en="Ask three people who do not use {about} what they use instead, and either teach it or let it go.",
            fr="Demandez à trois personnes qui n’utilisent pas {about} ce qu’elles utilisent à la place, puis formez "
            "ou renoncez à l’outil.",
        ),
    ),
    Rule(
        name="falling_adoption",
        priority="medium",
        source=change("adoption_rate", "value", by=("tool",)),
        relation="below",
        threshold=-0.1,
        fewest=14,
        form="ratio",
        title=Text(en="{about} is used by fewer people", fr="{about} perd des utilisateurs"),
        reason=Text(
            en="The adoption of {about} fell by {value} against the window before, more than {threshold} and more than "
            "chance explains ({n} days at least in each).",
            fr="L’adoption de {about} a baissé de {value} par rapport à la période précédente, plus que {threshold} et "
            "plus que le hasard ne l’explique (au moins {n} jours dans chacune).",
        ),
        action=Text(
            en="Find out what changed (a release, a price, another tool), and answer it within the month.",
            fr="Cherchez ce qui a changé (une version, un prix, un autre outil), et répondez-y dans le mois.",
        ),
        by_team=False,
    ),
    Rule(
        name="low_stickiness",
        priority="low",
        source=total("stickiness", by=("tool",)),
        relation="below",
        threshold=0.15,
        fewest=10,
        form="ratio",
        title=Text(en="{about} is used now and then only", fr="{about} n’est utilisé que de temps en temps"),
        reason=Text(
            en="On an average day {value} of the {n} users of the month come (below {threshold}).",
            fr="Un jour moyen, {value} des {n} utilisateurs du mois viennent (moins de {threshold}).",
        ),
        action=Text(
            en="Choose one daily task that {about} should be for, and show the teams that do it elsewhere.",
            fr="Choisissez une tâche quotidienne pour {about}, et montrez-la aux équipes qui la font ailleurs.",
        ),
        by_team=False,
    ),
    Rule(
        name="unhappy_with_a_tool",
        priority="high",
        source=total("tool_satisfaction", by=("tool",)),
        relation="below",
        threshold=60,
        fewest=8,
        form="number",
        title=Text(en="People are unhappy with {about}", fr="{about} ne satisfait pas"),
        reason=Text(
            en="{value} of 100 of the {n} answers about {about} were satisfied (below {threshold}).",
            fr="{value} sur 100 des {n} réponses sur {about} étaient satisfaites (moins de {threshold}).",
        ),
        action=Text(
            en="Read the comments of the lowest answers, mend the complaint named most often, and ask again.",
            fr="Lisez les commentaires des réponses les plus basses, réglez le reproche le plus fréquent, puis "
            "redemandez.",
        ),
    ),
)
