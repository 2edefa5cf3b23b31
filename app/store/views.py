"""The read-only views `kpi_*` for BI tools: docs/views.md says what each column means.

They show what was published of answers, and rows in which no person is named. A view is made anew only when it
changed, since the rights granted on it go with it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, inspect, select, text

from app.models.published import published_view
from app.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How a database turns a stored value into one that a BI tool understands; `{}` stands for the column."""

    instant: str
    from_micros: str
    micros: str
    day: str
    identity: str
    item: str


_SQLITE_INSTANT = "strftime('%Y-%m-%dT%H:%M:%S', {0} / 1000000, 'unixepoch') || printf('.%06dZ', {0} % 1000000)"
_SQLITE = _Dialect(
    instant=_SQLITE_INSTANT,
    from_micros=_SQLITE_INSTANT,
    micros="{}",
    day="date({} * 86400, 'unixepoch')",
    identity="lower(substr(hex({0}), 1, 8) || '-' || substr(hex({0}), 9, 4) || '-' || substr(hex({0}), 13, 4)"
    " || '-' || substr(hex({0}), 17, 4) || '-' || substr(hex({0}), 21))",
    item="substr({}, 1, 8)",
)
_POSTGRES = _Dialect(
    instant="{}",
    from_micros="to_timestamp({} / 1000000.0)",
    micros="(extract(epoch FROM {}) * 1000000)::bigint",
    day="{}",
    identity="{}::text",
    item="substring(uuid_send({}) FROM 1 FOR 8)",
)

_FLOW: Mapping[str, tuple[str, str]] = {
    "items_finished": ("throughput", "value"),
    "items_arrived": ("arrivals", "value"),
    "items_in_progress": ("wip", "value"),
    "cycle_time_p50_seconds": ("cycle_time", "p50"),
    "cycle_time_p85_seconds": ("cycle_time", "p85"),
    "lead_time_p50_seconds": ("lead_time", "p50"),
    "lead_time_p85_seconds": ("lead_time", "p85"),
    "reopen_rate": ("reopen_rate", "value"),
    "automation_rate": ("automation_rate", "value"),
}
_ADOPTION: Mapping[str, tuple[str, str]] = {
    "active_people": ("active_users", "value"),
    "adoption_rate": ("adoption_rate", "value"),
    "stickiness": ("stickiness", "value"),
    "seat_utilisation": ("seat_utilisation", "value"),
}


def drop_views(connection: Connection) -> None:
    """Remove every view, so that the tables below can change."""
    if not inspect(connection).has_table(published_view.name):
        return
    for name in connection.execute(select(published_view.c.name)).scalars():
        connection.execute(text(f'DROP VIEW IF EXISTS "{name}"'))
    connection.execute(delete(published_view))


def make_views(connection: Connection) -> None:
    """Make the views that are not there or are not as they should be, and remove those that are no more."""
    wanted = _views(_SQLITE if connection.dialect.name == "sqlite" else _POSTGRES)
    digests = {name: hashlib.sha256(query.encode()).hexdigest() for name, query in wanted.items()}
    present = {row.name: row.digest for row in connection.execute(select(published_view))}
    for name, digest in present.items():
        if digest != digests.get(name):
            connection.execute(text(f'DROP VIEW IF EXISTS "{name}"'))
            connection.execute(delete(published_view).where(published_view.c.name == name))
    missing = [name for name in wanted if present.get(name) != digests[name]]
    for name in missing:
        connection.exec_driver_sql(f'CREATE VIEW "{name}" AS {wanted[name]}')
    upsert(connection, published_view, ("name", "digest"), [(name, digests[name]) for name in missing])


def _views(of: _Dialect) -> dict[str, str]:
    return {
        "kpi_publication": _publication(of),
        "kpi_work_items": _work_items(of),
        "kpi_flow_weeks": _points(of, "week", _FLOW),
        "kpi_tool_weeks": _points(of, "week", _ADOPTION),
        "kpi_tool_days": _tool_days(of),
        "kpi_seats": _seats(),
        "kpi_data_coverage_days": _coverage(of),
        "kpi_freshness": _freshness(of),
    }


def _publication(of: _Dialect) -> str:
    return f"""
SELECT {of.instant.format("as_of")} AS as_of, {of.instant.format("published_at")} AS published_at, timezone, min_group
FROM publication"""


def _work_items(of: _Dialect) -> str:
    created = of.micros.format("item.created_at")
    return f"""
SELECT
    {of.identity.format("item.id")} AS id,
    item.key AS item_key,
    item.url AS url,
    {of.identity.format("item.source_id")} AS source_id,
    source.name AS source,
    source.tool AS tool,
    {of.identity.format("project.id")} AS project_id,
    coalesce(project.name, item.project) AS project,
    coalesce(item_type.name, item.item_type) AS item_type,
    coalesce(item_type.kind_override, item_type.kind) AS item_kind,
    coalesce(status.name, item.status) AS status,
    item.priority AS priority,
    {of.instant.format("item.created_at")} AS created_at,
    {of.from_micros.format("told.started_at")} AS started_at,
    {of.from_micros.format("told.finished_at")} AS finished_at,
    {of.from_micros.format("told.discarded_at")} AS discarded_at,
    {_flag("told.reopened")} AS reopened,
    CAST(told.finished_at - {created} AS double precision) / 1000000 AS lead_seconds,
    CAST(told.finished_at - told.started_at AS double precision) / 1000000 AS cycle_seconds
FROM work_item AS item
JOIN source ON source.id = item.source_id
LEFT JOIN published_item AS told ON told.source_id = item.source_id AND told.item = {of.item.format("item.id")}
LEFT JOIN project ON project.source_id = item.source_id AND project.external_id = item.project
LEFT JOIN item_type ON item_type.source_id = item.source_id AND item_type.external_id = item.item_type
LEFT JOIN status ON status.source_id = item.source_id AND status.external_id = item.status
WHERE item.deleted_at IS NULL"""


def _points(of: _Dialect, grain: str, columns: Mapping[str, tuple[str, str]]) -> str:
    measures = ",\n    ".join(
        f"max(CASE WHEN metric = '{metric}' THEN {measure} END) AS {name}"
        for name, (metric, measure) in columns.items()
    )
    metrics = ", ".join(f"'{metric}'" for metric in dict.fromkeys(metric for metric, _ in columns.values()))
    return f"""
SELECT
    scope AS scope,
    CASE WHEN group_id = '' THEN NULL ELSE group_id END AS group_id,
    max(group_name) AS group_name,
    {of.day.format("start")} AS week_start,
    {of.day.format("max(until)")} AS week_end,
    min({_flag("complete")}) AS complete,
    max({_flag("suppressed")}) AS suppressed,
    {measures}
FROM published_point
WHERE grain = '{grain}' AND metric IN ({metrics})
GROUP BY scope, group_id, start"""


def _tool_days(of: _Dialect) -> str:
    return f"""
SELECT
    group_name AS tool,
    {of.day.format("start")} AS day,
    {_flag("complete")} AS complete,
    {_flag("suppressed")} AS suppressed,
    value AS active_people
FROM published_point
WHERE grain = 'day' AND metric = 'active_users' AND scope = 'tool'"""


def _seats() -> str:
    return f"""
SELECT
    held.tool AS tool,
    {_flag(_small("held.seats"))} AS suppressed,
    CASE WHEN {_small("held.seats")} THEN NULL ELSE held.seats END AS seats_held,
    facts.seats_bought AS seats_bought,
    facts.seat_price AS seat_price,
    facts.currency AS currency
FROM (
    SELECT source.tool AS tool, count(seat.account) AS seats
    FROM source LEFT JOIN seat ON seat.source_id = source.id AND seat.removed_at IS NULL
    GROUP BY source.tool
) AS held
LEFT JOIN tool_facts AS facts ON facts.tool = held.tool
LEFT JOIN publication ON publication.id = 1"""


def _coverage(of: _Dialect) -> str:
    hidden = f"day.rule = 'person' AND {_small('day.total')}"
    return f"""
SELECT
    {of.day.format("day.day")} AS day,
    day.rule AS rule,
    day.tool AS tool,
    source.name AS source,
    {_flag(hidden)} AS suppressed,
    CASE WHEN {hidden} THEN NULL ELSE day.present END AS present,
    CASE WHEN {hidden} THEN NULL ELSE day.total END AS total,
    CASE WHEN {hidden} OR day.total = 0 THEN NULL ELSE CAST(day.present AS double precision) / day.total END AS share
FROM coverage_day AS day
LEFT JOIN source ON {of.identity.format("source.id")} = day.source
LEFT JOIN publication ON publication.id = 1
WHERE day.team = ''"""


def _freshness(of: _Dialect) -> str:
    return f"""
SELECT
    {of.identity.format("source.id")} AS source_id,
    source.name AS source,
    source.tool AS tool,
    {_flag("source.enabled")} AS enabled,
    state.stream AS stream,
    {of.instant.format("state.complete_until")} AS complete_until,
    {of.instant.format("run.finished_at")} AS last_success_at
FROM source
LEFT JOIN (
    SELECT source_id, stream,
        CASE WHEN count(complete_until) = count(*) THEN min(complete_until) END AS complete_until
    FROM stream_state
    WHERE complete_until IS NOT NULL OR retry_at IS NULL
    GROUP BY source_id, stream
) AS state ON state.source_id = source.id
LEFT JOIN (
    SELECT source_id, max(finished_at) AS finished_at FROM sync_run WHERE status = 'succeeded' GROUP BY source_id
) AS run ON run.source_id = source.id"""


def _small(count: str) -> str:
    # Nothing is known of the smallest group before the first publication: then everything is small.
    return f"({count} > 0 AND {count} < coalesce(publication.min_group, {count} + 1))"


def _flag(condition: str) -> str:
    """1 or 0 on both databases; NULL stays."""
    return f"CASE WHEN {condition} THEN 1 WHEN NOT ({condition}) THEN 0 END"
