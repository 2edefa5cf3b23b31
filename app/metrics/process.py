"""Process: how work flows, and how much of it moves by itself."""

from functools import partial

from app.metrics import age, bottleneck, counts, cumulative, durations, quality, state, status_time
from app.metrics.declaration import (
    COUNT_MEASURES,
    DURATION_MEASURES,
    ITEM_DIMENSIONS,
    RATIO_MEASURES,
    Metric,
    Text,
    in_window,
)
from app.metrics.result import durations as percentiles
from app.metrics.result import number

_duration = partial(in_window, shape=percentiles)
_count = partial(in_window, shape=number)

PROCESS: tuple[Metric, ...] = (
    Metric(
        name="cycle_time",
        title=Text(en="Cycle time", fr="Temps de cycle"),
        formula=Text(
            en="Finish minus start, of the items finished in the bucket; items never started are left out and counted.",
            fr="Fin moins début, pour les éléments terminés dans la période ; ceux jamais démarrés sont exclus et "
            "comptés.",
        ),
        unit="seconds",
        better="lower",
        measures=DURATION_MEASURES,
        measure=_duration(durations.cycle_time),
        select=durations.cycle_time,
    ),
    Metric(
        name="active_time",
        title=Text(en="Active time", fr="Temps actif"),
        formula=Text(
            en="Time in active and waiting statuses between start and finish: cycle time without the pauses.",
            fr="Temps passé dans les statuts actifs et en attente entre début et fin : le temps de cycle sans les "
            "pauses.",
        ),
        unit="seconds",
        better="lower",
        measures=DURATION_MEASURES,
        measure=_duration(durations.active_time),
        select=durations.active_time,
    ),
    Metric(
        name="lead_time",
        title=Text(en="Lead time", fr="Délai de réalisation"),
        formula=Text(
            en="Finish minus creation, of the items finished in the bucket.",
            fr="Fin moins création, pour les éléments terminés dans la période.",
        ),
        unit="seconds",
        better="lower",
        measures=DURATION_MEASURES,
        measure=_duration(durations.lead_time),
        select=durations.lead_time,
    ),
    Metric(
        name="reaction_time",
        title=Text(en="Reaction time", fr="Temps de réaction"),
        formula=Text(
            en="Start minus creation, of the items started in the bucket.",
            fr="Début moins création, pour les éléments démarrés dans la période.",
        ),
        unit="seconds",
        better="lower",
        measures=DURATION_MEASURES,
        measure=_duration(durations.reaction_time),
        select=durations.reaction_time,
    ),
    Metric(
        name="time_in_status",
        title=Text(en="Time in status", fr="Temps par statut"),
        formula=Text(
            en="Time in each status and category between creation and finish, of the items finished in the bucket; "
            "percentiles over the items that visited it.",
            fr="Temps passé dans chaque statut et catégorie entre création et fin, pour les éléments terminés dans la "
            "période ; centiles sur les éléments qui y sont passés.",
        ),
        unit="seconds",
        better="lower",
        measures=("n", "total", "share", "visits", "p50", "p85"),
        entry_columns=("status", "status_id", "n", "total", "share", "visits", "p50", "p85"),
        measure=status_time.time_in_status,
        select=status_time.select_stays,
        dimensions=(*ITEM_DIMENSIONS, "status"),
    ),
    Metric(
        name="flow_efficiency",
        title=Text(en="Flow efficiency", fr="Efficacité du flux"),
        formula=Text(
            en="Time in active statuses over time in active and waiting ones, of the items finished in the bucket.",
            fr="Temps dans les statuts actifs sur temps dans les statuts actifs et en attente, pour les éléments "
            "terminés dans la période.",
        ),
        unit="ratio",
        better="higher",
        measures=RATIO_MEASURES,
        measure=status_time.flow_efficiency,
        select=status_time.select_flow,
    ),
    Metric(
        name="throughput",
        title=Text(en="Throughput", fr="Débit"),
        formula=Text(en="Items finished in the bucket.", fr="Éléments terminés dans la période."),
        unit="items",
        better="higher",
        measures=COUNT_MEASURES,
        measure=_count(counts.throughput),
        select=counts.throughput,
        sample="events",
    ),
    Metric(
        name="arrivals",
        title=Text(en="Arrivals", fr="Arrivées"),
        formula=Text(en="Items created in the bucket.", fr="Éléments créés dans la période."),
        unit="items",
        better="none",
        measures=COUNT_MEASURES,
        measure=_count(counts.arrivals),
        select=counts.arrivals,
        sample="events",
    ),
    Metric(
        name="wip",
        title=Text(en="Work in progress", fr="Travail en cours"),
        formula=Text(
            en="Items started and neither finished nor discarded at the end of the bucket, as known today.",
            fr="Éléments démarrés et ni terminés ni abandonnés à la fin de la période, tels que connus aujourd’hui.",
        ),
        unit="items",
        better="lower",
        measures=COUNT_MEASURES,
        measure=state.wip,
        select=state.select_in_progress,
        sample="days",
    ),
    Metric(
        name="wip_age",
        title=Text(en="Age of work in progress", fr="Âge du travail en cours"),
        formula=Text(
            en="Now (or the bucket's end) minus start, of each item in progress, with the share of the cycle times of "
            "the last 90 days, same kind, that it has passed.",
            fr="Maintenant (ou la fin de la période) moins début, pour chaque élément en cours, avec la part des temps "
            "de cycle des 90 derniers jours, même nature, qu’il a dépassée.",
        ),
        unit="seconds",
        better="lower",
        measures=(*DURATION_MEASURES, "share"),
        entry_columns=("item", "item_id", "status", "status_id", "value", "share"),
        measure=age.wip_age,
        select=age.select_ages,
    ),
    Metric(
        name="cumulative_flow",
        title=Text(en="Cumulative flow", fr="Flux cumulé"),
        formula=Text(
            en="Items in each category at the end of the bucket, as they stood at that instant.",
            fr="Éléments dans chaque catégorie à la fin de la période, tels qu’ils étaient à cet instant.",
        ),
        unit="items",
        better="none",
        measures=COUNT_MEASURES,
        entry_columns=("category", "value"),
        measure=cumulative.cumulative_flow,
        select=cumulative.select_states,
        sample="days",
    ),
    Metric(
        name="reopen_rate",
        title=Text(en="Reopen rate", fr="Taux de réouverture"),
        formula=Text(
            en="Items finished in the bucket that had left done at least once, over the items finished in it; "
            "reopenings counts the moves out of done by their own date.",
            fr="Éléments terminés dans la période ayant quitté l’état terminé au moins une fois, sur les éléments "
            "terminés ; reopenings compte les sorties de l’état terminé à leur propre date.",
        ),
        unit="ratio",
        better="lower",
        measures=(*RATIO_MEASURES, "reopenings"),
        measure=quality.reopen_rate,
        select=quality.select_reopened,
    ),
    Metric(
        name="bottleneck",
        title=Text(en="Bottleneck", fr="Goulot d’étranglement"),
        formula=Text(
            en="Statuses ranked by their share of the cycle time of the items finished in the bucket, with the change "
            "of that share against the window of as many days before; growth is what came into the status minus what "
            "left it in the bucket, trend its change against the window before.",
            fr="Statuts classés selon leur part du temps de cycle des éléments terminés dans la période, avec "
            "l’évolution de cette part par rapport au même nombre de jours juste avant ; growth est ce qui est entré "
            "dans le statut moins ce qui en est sorti pendant la période, trend son évolution.",
        ),
        unit="seconds",
        better="lower",
        measures=("n", "rank", "total", "share", "share_change", "arrivals", "departures", "growth", "trend"),
        entry_columns=(
            *("status", "status_id", "category", "rank", "n", "total", "share", "share_change"),
            *("arrivals", "departures", "growth", "trend"),
        ),
        measure=bottleneck.bottleneck,
        select=bottleneck.select_cycles,
    ),
    Metric(
        name="automation_rate",
        title=Text(en="Automation rate", fr="Taux d’automatisation"),
        formula=Text(
            en="Automated transitions over the transitions with a known answer, in the bucket; items is the share of "
            "the items moved that had at least one automated transition.",
            fr="Transitions automatisées sur les transitions dont la réponse est connue, dans la période ; items est "
            "la part des éléments déplacés ayant au moins une transition automatisée.",
        ),
        unit="ratio",
        better="higher",
        measures=(*RATIO_MEASURES, "items", "items_numerator", "items_denominator"),
        measure=quality.automation_rate,
        select=quality.select_automated,
        dimensions=(*ITEM_DIMENSIONS, "automated_by"),
    ),
)
