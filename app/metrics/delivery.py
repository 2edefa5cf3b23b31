"""Delivery impact: how long work takes to reach its users, and what comes after."""

from app.metrics import bugs, launches
from app.metrics.declaration import DURATION_MEASURES, HISTORY_STREAMS, RATIO_MEASURES, Metric, Text

_STREAMS = (*HISTORY_STREAMS, "releases")

DELIVERY: tuple[Metric, ...] = (
    Metric(
        name="launch_time",
        title=Text(en="Launch time", fr="Délai de mise en production"),
        formula=Text(
            en="Launch minus start, of the features launched in the bucket: by the earliest released release that they "
            "are in, or, in none, by their finish; from_created counts from the creation. A release that is a day ends "
            "with that day in the report's zone. Features whose releases are not released yet, or nobody knows when, "
            "have not launched; discarded ones never do.",
            fr="Mise en production moins début, pour les fonctionnalités mises en production dans la période : par la "
            "première version publiée qui les contient ou, sans version, par leur fin ; from_created compte depuis la "
            "création. Une version datée d’un jour s’achève avec ce jour dans le fuseau du rapport. Une fonctionnalité "
            "dont les versions ne sont pas publiées, ou à une date inconnue, ne l’est pas encore ; une abandonnée ne "
            "l’est jamais.",
        ),
        unit="seconds",
        better="lower",
        measures=(
            *DURATION_MEASURES,
            "from_created",
            "from_created_p75",
            "from_created_p85",
            "from_created_p95",
        ),
        measure=launches.launch_time,
        select=launches.select_launched,
        streams=_STREAMS,
    ),
    Metric(
        name="bugs_per_launch",
        title=Text(en="Bugs per launch", fr="Bogues par mise en production"),
        formula=Text(
            en="Bugs created in the 30 days after a launch that name its release as affected, or, in a source where no "
            "item does, that fall in its project and in no later launch's 30 days, over the launches of the bucket. "
            "Where a source has no releases a launch is a feature's finish. Launches younger than 30 days are left out "
            "and counted. A launch is of the team of most of its items' assignees.",
            fr="Bogues créés dans les 30 jours suivant une mise en production et déclarés comme affectant sa version "
            "ou, dans une source où aucun élément ne le dit, apparus dans son projet et dans les 30 jours d’aucune "
            "mise en production postérieure, sur les mises en production de la période. Sans versions dans la source, "
            "c’est la fin d’une fonctionnalité. Celles de moins de 30 jours sont exclues et comptées. Une mise en "
            "production est de l’équipe de la plupart des responsables de ses éléments.",
        ),
        unit="bugs",
        better="lower",
        measures=RATIO_MEASURES,
        measure=bugs.bugs_per_launch,
        listing=bugs.launches_behind,
        streams=_STREAMS,
        dimensions=("team", "project", "source", "tool"),
    ),
)
