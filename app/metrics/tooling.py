"""Tooling: who uses which tools, how much of what is paid for, and which features."""

from app.metrics.adoption import active_users, adoption_rate, stickiness
from app.metrics.declaration import Metric, Text
from app.metrics.features import feature_usage
from app.metrics.seats import seat_utilisation
from app.metrics.use_behind import adoption_behind, bucket_behind, month_behind, seats_behind

TOOL_DIMENSIONS = ("team", "tool", "source")
USAGE_STREAMS = ("usage_days", "usage_events")

TOOLING: tuple[Metric, ...] = (
    Metric(
        name="adoption_rate",
        title=Text(en="Adoption rate", fr="Taux d’adoption"),
        formula=Text(
            en="Eligible people active in the 28 days that end with the bucket, over the eligible people on its last "
            "day. Eligible are the holders of a seat that day, or all people in scope where the tool has never "
            "reported seats (eligible: seats, people or both). Over several tools: eligible in any of them, active in "
            "one that they are eligible for.",
            fr="Personnes éligibles actives durant les 28 jours qui finissent avec la période, sur les personnes "
            "éligibles à son dernier jour. Sont éligibles les titulaires d’une licence ce jour-là, ou toutes les "
            "personnes du périmètre si l’outil n’a jamais indiqué de licences (eligible : seats, people ou both). Sur "
            "plusieurs outils : éligible à l’un d’eux, active dans un outil auquel elle est éligible.",
        ),
        unit="ratio",
        better="higher",
        measures=("n", "value", "numerator", "denominator", "eligible"),
        measure=adoption_rate,
        listing=adoption_behind(adoption_rate),
        dimensions=TOOL_DIMENSIONS,
        streams=(*USAGE_STREAMS, "seats"),
        by_vendors_day=True,
    ),
    Metric(
        name="active_users",
        title=Text(en="Active users", fr="Utilisateurs actifs"),
        formula=Text(
            en="Distinct people with an event on the bucket's last day (dau), in the 7 days (wau) and in the 28 days "
            "(mau) that end there; of a running bucket, its last elapsed day.",
            fr="Personnes distinctes ayant un événement le dernier jour de la période (dau), durant les 7 jours (wau) "
            "et les 28 jours (mau) qui s’y terminent ; pour une période en cours, son dernier jour écoulé.",
        ),
        unit="people",
        better="higher",
        measures=("n", "dau", "wau", "mau"),
        measure=active_users,
        listing=month_behind(active_users),
        dimensions=TOOL_DIMENSIONS,
        streams=USAGE_STREAMS,
        by_vendors_day=True,
    ),
    Metric(
        name="stickiness",
        title=Text(en="Stickiness", fr="Assiduité"),
        formula=Text(
            en="Mean number of daily users over the bucket's elapsed days, over the users of the 28 days that end with "
            "the last of them; buckets with less than 28 days of history are flagged.",
            fr="Nombre moyen d’utilisateurs par jour écoulé de la période, sur les utilisateurs des 28 jours qui "
            "finissent avec le dernier ; les périodes ayant moins de 28 jours d’historique sont signalées.",
        ),
        unit="ratio",
        better="higher",
        measures=("n", "value", "numerator", "denominator"),
        measure=stickiness,
        listing=month_behind(stickiness),
        dimensions=TOOL_DIMENSIONS,
        streams=USAGE_STREAMS,
        by_vendors_day=True,
    ),
    Metric(
        name="seat_utilisation",
        title=Text(en="Seat utilisation", fr="Utilisation des licences"),
        formula=Text(
            en="Seats whose holder was active in the last 28 days, over the seats held on the bucket's last day; "
            "never_used counts seats whose holder never used the tool; idle_cost is what the seats held but not used "
            "in 28 days cost a month. Seats of bots and apps are left out.",
            fr="Licences dont le titulaire a été actif durant les 28 derniers jours, sur les licences détenues au "
            "dernier jour de la période ; never_used compte celles dont le titulaire n’a jamais utilisé l’outil ; "
            "idle_cost est le coût mensuel des licences détenues mais inutilisées depuis 28 jours. Les licences des "
            "robots et des applications sont exclues.",
        ),
        unit="ratio",
        better="higher",
        measures=(
            "n", "value", "numerator", "denominator", "held", "active", "never_used", "bought", "idle_cost", "currency",
        ),
        measure=seat_utilisation,
        listing=seats_behind(seat_utilisation),
        dimensions=TOOL_DIMENSIONS,
        streams=(*USAGE_STREAMS, "seats"),
        by_vendors_day=True,
    ),
    Metric(
        name="feature_usage",
        title=Text(en="Feature usage", fr="Usage des fonctionnalités"),
        formula=Text(
            en="Events in the bucket and the distinct people behind them, by tool and event name.",
            fr="Événements de la période et personnes distinctes à leur origine, par outil et nom d’événement.",
        ),
        unit="events",
        better="none",
        measures=("n", "events", "people"),
        entry_columns=("tool", "tool_id", "event", "event_id", "events", "people"),
        measure=feature_usage,
        listing=bucket_behind(feature_usage),
        dimensions=(*TOOL_DIMENSIONS, "event"),
        streams=USAGE_STREAMS,
        by_vendors_day=True,
    ),
)  # fmt: skip
