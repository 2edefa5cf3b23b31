"""Rules about how teams talk to each other."""

from app.insights.findings import part, total
from app.insights.rules.rule import Rule
from app.metrics.declaration import Text

_DAY = 86_400.0

COMMUNICATION: tuple[Rule, ...] = (
    Rule(
        name="slow_answers",
        priority="medium",
        source=total("response_time", "p50"),
        relation="above",
        threshold=_DAY,
        fewest=20,
        form="duration",
        title=Text(en="Teams wait long for each other", fr="Les équipes s’attendent longtemps"),
        reason=Text(
            en="Half of the {n} questions across teams waited longer than {value} for a first answer; {threshold} is "
            "the threshold.",
            fr="La moitié des {n} questions entre équipes ont attendu plus de {value} une première réponse ; le seuil "
            "est de {threshold}.",
        ),
        action=Text(
            en="Name for each shared channel who answers on which day, and write it in the channel's topic.",
            fr="Désignez pour chaque canal partagé qui répond quel jour, et écrivez-le dans le sujet du canal.",
        ),
    ),
    Rule(
        name="unanswered_threads",
        priority="medium",
        source=part("response_time", "unanswered"),
        relation="above",
        threshold=0.15,
        fewest=20,
        form="ratio",
        title=Text(en="Questions stay without an answer", fr="Des questions restent sans réponse"),
        reason=Text(
            en="{value} of the {n} threads across teams got no answer (above {threshold}).",
            fr="{value} des {n} fils entre équipes n’ont reçu aucune réponse (plus de {threshold}).",
        ),
        action=Text(
            en="Go through the open questions once a week, and answer each or say who will.",
            fr="Passez une fois par semaine les questions ouvertes, et répondez à chacune ou dites qui le fera.",
        ),
    ),
    Rule(
        name="open_conflicts",
        priority="high",
        source=total("conflicts_resolved", "open"),
        relation="above",
        threshold=2,
        fewest=0,
        form="number",
        title=Text(en="Conflicts stay open", fr="Des conflits restent ouverts"),
        reason=Text(
            en="{value} conflicts were open at the end of the window ({n} were resolved in it).",
            fr="{value} conflits étaient ouverts à la fin de la période ({n} y ont été résolus).",
        ),
        action=Text(
            en="Give each open conflict an owner outside the two sides, and a day by which it is decided.",
            fr="Confiez chaque conflit ouvert à une personne extérieure aux deux parties, avec une date de décision.",
        ),
    ),
    Rule(
        name="unhappy_with_communication",
        priority="high",
        source=total("communication_satisfaction"),
        relation="below",
        threshold=60,
        fewest=8,
        form="number",
        title=Text(en="Communication does not satisfy", fr="La communication ne satisfait pas"),
        reason=Text(
            en="{value} of 100 of the {n} answers about communication were satisfied (below {threshold}).",
            fr="{value} sur 100 des {n} réponses sur la communication étaient satisfaites (moins de {threshold}).",
        ),
        action=Text(
            en="Put the lowest rated question on the agenda of the next retrospective, and try one change for a month.",
            fr="Inscrivez la question la moins bien notée à la prochaine rétrospective, et essayez un changement "
            "pendant un mois.",
        ),
    ),
    Rule(
        name="many_meetings",
        priority="medium",
        source=total("meeting_share"),
        relation="above",
        threshold=0.35,
        fewest=5,
        form="ratio",
        title=Text(en="Meetings take much of the day", fr="Les réunions prennent une grande part du temps"),
        reason=Text(
            en="Meetings took {value} of the working time (above {threshold}).",
            fr="Les réunions ont pris {value} du temps de travail (plus de {threshold}).",
        ),
        action=Text(
            en="Cancel the recurring meetings of one week, and bring back only those that somebody missed.",
            fr="Annulez les réunions récurrentes d’une semaine, et ne rétablissez que celles qui ont manqué.",
        ),
    ),
)
