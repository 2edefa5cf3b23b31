"""The criteria of maturity, as data: what each level of each function asks for, measured or declared."""

from collections.abc import Iterator

from app.insights.criterion import Declared, Function, Measured
from app.insights.findings import aged, part, total
from app.metrics.declaration import Text

_HOUR, _DAY = 3_600.0, 86_400.0


def _coverage(share: float) -> Measured:
    return Measured(
        name=f"data_coverage_{share * 100:.0f}",
        source=total("data_coverage"),
        relation="at_least",
        threshold=share,
        form="ratio",
        title=Text(en="Data coverage", fr="Couverture des données"),
    )


def _fresh(days: int) -> Measured:
    return Measured(
        name=f"fresh_within_{days}_days",
        source=total("freshness"),
        relation="at_most",
        threshold=days * _DAY,
        form="duration",
        title=Text(en="Age of the stalest data", fr="Âge des données les plus anciennes"),
    )


def _read(share: float) -> Measured:
    return Measured(
        name=f"data_utilisation_{share * 100:.0f}",
        source=total("data_utilisation"),
        relation="at_least",
        threshold=share,
        form="ratio",
        title=Text(en="Share of the numbers that somebody reads", fr="Part des nombres que quelqu’un lit"),
    )


def _flow(share: float) -> Measured:
    return Measured(
        name=f"flow_efficiency_{share * 100:.0f}",
        source=total("flow_efficiency"),
        relation="at_least",
        threshold=share,
        form="ratio",
        title=Text(en="Flow efficiency", fr="Efficacité du flux"),
        fewest=20,
    )


def _reopened(share: float) -> Measured:
    return Measured(
        name=f"reopen_rate_{share * 100:.0f}",
        source=total("reopen_rate"),
        relation="at_most",
        threshold=share,
        form="ratio",
        title=Text(en="Reopen rate", fr="Taux de réouverture"),
        fewest=20,
    )


def _automated(share: float) -> Measured:
    return Measured(
        name=f"automation_rate_{share * 100:.0f}",
        source=total("automation_rate"),
        relation="at_least",
        threshold=share,
        form="ratio",
        title=Text(en="Automation rate", fr="Taux d’automatisation"),
        fewest=20,
    )


def _adoption(share: float) -> Measured:
    return Measured(
        name=f"adoption_rate_{share * 100:.0f}",
        source=total("adoption_rate"),
        relation="at_least",
        threshold=share,
        form="ratio",
        title=Text(en="Adoption rate", fr="Taux d’adoption"),
        fewest=5,
    )


def _seats(share: float) -> Measured:
    return Measured(
        name=f"seat_utilisation_{share * 100:.0f}",
        source=total("seat_utilisation"),
        relation="at_least",
        threshold=share,
        form="ratio",
        title=Text(en="Seat utilisation", fr="Utilisation des licences"),
        fewest=5,
    )


def _satisfied(topic: str, score: float, title: Text) -> Measured:
    return Measured(
        name=f"{topic}_satisfaction_{score:.0f}",
        source=total(f"{topic}_satisfaction"),
        relation="at_least",
        threshold=score,
        form="number",
        title=title,
        fewest=5,
    )


def _answered_within(hours: int) -> Measured:
    return Measured(
        name=f"answers_within_{hours}_hours",
        source=total("response_time", "p50"),
        relation="at_most",
        threshold=hours * _HOUR,
        form="duration",
        title=Text(en="Median response time across teams", fr="Temps de réponse médian entre équipes"),
        fewest=10,
    )


def _across(share: float) -> Measured:
    return Measured(
        name=f"cross_team_share_{share * 100:.0f}",
        source=total("cross_team_share"),
        relation="at_least",
        threshold=share,
        form="ratio",
        title=Text(en="Conversations across teams", fr="Échanges entre équipes"),
        fewest=10,
    )


_WITH_TOOLS = Text(en="Satisfaction with tools", fr="Satisfaction des outils")
_WITH_COMMUNICATION = Text(en="Satisfaction with communication", fr="Satisfaction de la communication")

FUNCTIONS: tuple[Function, ...] = (
    Function(
        name="process",
        title=Text(en="Process", fr="Processus"),
        levels=(
            (
                Measured(
                    name="work_is_tracked",
                    source=total("throughput"),
                    relation="at_least",
                    threshold=20,
                    form="number",
                    title=Text(en="Items finished in the window", fr="Éléments terminés sur la période"),
                    fewest=0,
                ),
                Declared(
                    name="workflow_written",
                    question=Text(
                        en="Is the way from an idea to a release written down, and do the teams follow it?",
                        fr="Le chemin d’une idée à une livraison est-il écrit, et les équipes le suivent-elles ?",
                    ),
                ),
            ),
            (_flow(0.15), _reopened(0.15)),
            (
                Measured(
                    name="aged_work_25",
                    source=aged(),
                    relation="at_most",
                    threshold=0.25,
                    form="ratio",
                    title=Text(
                        en="Items in progress older than 85% of past ones",
                        fr="Éléments en cours plus anciens que 85 % des précédents",
                    ),
                    fewest=5,
                ),
                _automated(0.2),
            ),
            (
                _flow(0.4),
                _automated(0.4),
                Declared(
                    name="process_improves",
                    question=Text(
                        en="Has a change of the process been tried and measured in the last three months?",
                        fr="Un changement du processus a-t-il été essayé et mesuré ces trois derniers mois ?",
                    ),
                ),
            ),
        ),
    ),
    Function(
        name="tooling",
        title=Text(en="Tooling", fr="Outils"),
        levels=(
            (
                _adoption(0.4),
                Declared(
                    name="tools_have_owners",
                    question=Text(
                        en="Does every tool have somebody who answers for it?",
                        fr="Chaque outil a-t-il quelqu’un qui en répond ?",
                    ),
                ),
            ),
            (_adoption(0.6), _seats(0.6)),
            (_satisfied("tool", 60, _WITH_TOOLS), _seats(0.75)),
            (_satisfied("tool", 80, _WITH_TOOLS), _adoption(0.8), _seats(0.85)),
        ),
    ),
    Function(
        name="data",
        title=Text(en="Data", fr="Données"),
        levels=(
            (_coverage(0.6),),
            (_coverage(0.8), _fresh(2)),
            (
                _read(0.2),
                Declared(
                    name="definitions_shared",
                    question=Text(
                        en="Do all teams use the same definitions of their numbers?",
                        fr="Toutes les équipes utilisent-elles les mêmes définitions de leurs nombres ?",
                    ),
                ),
            ),
            (_coverage(0.95), _fresh(1)),
        ),
    ),
    Function(
        name="communication",
        title=Text(en="Communication", fr="Communication"),
        levels=(
            (_answered_within(24),),
            (
                Measured(
                    name="unanswered_15",
                    source=part("response_time", "unanswered"),
                    relation="at_most",
                    threshold=0.15,
                    form="ratio",
                    title=Text(en="Threads without an answer", fr="Fils sans réponse"),
                    fewest=10,
                ),
                Declared(
                    name="channels_known",
                    question=Text(
                        en="Does everybody know where to ask which team what?",
                        fr="Chacun sait-il où demander quoi à quelle équipe ?",
                    ),
                ),
            ),
            (
                _satisfied("communication", 60, _WITH_COMMUNICATION),
                Measured(
                    name="meeting_share_35",
                    source=total("meeting_share"),
                    relation="at_most",
                    threshold=0.35,
                    form="ratio",
                    title=Text(en="Share of working time in meetings", fr="Part du temps de travail en réunion"),
                ),
            ),
            (_answered_within(4), _satisfied("communication", 80, _WITH_COMMUNICATION)),
        ),
    ),
    Function(
        name="knowledge",
        title=Text(en="Knowledge", fr="Connaissances"),
        levels=(
            (
                Declared(
                    name="onboarding_written",
                    question=Text(
                        en="Is there a written guide with which a new colleague can start?",
                        fr="Existe-t-il un guide écrit avec lequel un nouveau collègue peut commencer ?",
                    ),
                ),
            ),
            (
                Declared(
                    name="decisions_written",
                    question=Text(
                        en="Are product decisions written down where everybody finds them?",
                        fr="Les décisions produit sont-elles écrites là où chacun les trouve ?",
                    ),
                ),
                _across(0.1),
            ),
            (
                Declared(
                    name="lessons_drawn",
                    question=Text(
                        en="Are the lessons of each launch written down and acted on?",
                        fr="Les leçons de chaque lancement sont-elles écrites et suivies d’effet ?",
                    ),
                ),
                _reopened(0.1),
            ),
            (
                Declared(
                    name="knowledge_kept_current",
                    question=Text(
                        en="Has what is written an owner, and is it reviewed twice a year?",
                        fr="Ce qui est écrit a-t-il un responsable, et est-ce relu deux fois par an ?",
                    ),
                ),
                _across(0.25),
            ),
        ),
    ),
    Function(
        name="monitoring",
        title=Text(en="Monitoring", fr="Suivi"),
        levels=(
            (
                _read(0.05),
                Declared(
                    name="targets_set",
                    question=Text(
                        en="Does every team have targets for its most important numbers?",
                        fr="Chaque équipe a-t-elle des objectifs pour ses nombres les plus importants ?",
                    ),
                ),
            ),
            (
                _fresh(2),
                Declared(
                    name="numbers_reviewed",
                    question=Text(
                        en="Do the teams look at their numbers together, at least every two weeks?",
                        fr="Les équipes regardent-elles leurs nombres ensemble, au moins toutes les deux semaines ?",
                    ),
                ),
            ),
            (
                _read(0.2),
                Declared(
                    name="alerts_acted_on",
                    question=Text(
                        en="Does somebody act on every alert within a working day?",
                        fr="Quelqu’un réagit-il à chaque alerte dans la journée ouvrée ?",
                    ),
                ),
            ),
            (
                _read(0.5),
                Declared(
                    name="effects_checked",
                    question=Text(
                        en="Is the effect of larger changes checked with numbers before and after?",
                        fr="L’effet des changements importants est-il vérifié par des nombres avant et après ?",
                    ),
                ),
            ),
        ),
    ),
)


def questions() -> Iterator[tuple[Function, int, Declared]]:
    """The questionnaire: each question with the function and the level that it belongs to."""
    for function in FUNCTIONS:
        for level, asked in enumerate(function.levels, start=2):
            for criterion in asked:
                if isinstance(criterion, Declared):
                    yield function, level, criterion
