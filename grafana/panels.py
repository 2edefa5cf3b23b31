"""What the dashboards show: each panel once, for both data sources and both languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.metrics.catalogue import BY_NAME
from app.metrics.declaration import Text

SECONDS, SHARE, COUNT, TEXT, INSTANT = "s", "percentunit", "short", "string", "dateTimeAsIso"


def say(en: str, fr: str) -> Text:
    """A text in both languages."""
    return Text(en=en, fr=fr)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer (`name`), and of a view (`sql`, an expression); what it is called, and its unit."""

    name: str
    title: Text
    unit: str
    sql: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel. `path` and `params` ask the API; `view`, `where` and `order` ask the database.

    Without `time` it is a table; `time` is the view's column that stands for the API's `time`.
    """

    title: Text
    path: str
    params: Mapping[str, str]
    columns: tuple[Column, ...]
    view: str
    where: str = ""
    order: str = ""
    time: str = ""
    filtered: tuple[str, ...] = field(default=("team", "project"))
    """The variables that filter it over HTTP."""
    width: int = 12
    now: bool = False
    """Asked for the present alone: Grafana's window ends before it."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard: its file, its title and its panels; `variables` are those that its panels know."""

    name: str
    title: Text
    panels: tuple[Panel, ...]
    variables: tuple[str, ...]


def _metric(name: str) -> str:
    return f"/api/v1/metrics/{name}"


def _title(name: str) -> Text:
    return BY_NAME[name].title


_MEDIAN, _SLOW = say("Median", "Médiane"), say("85th percentile", "85e centile")
_TEAM, _TOOL, _SOURCE = say("Team", "Équipe"), say("Tool", "Outil"), say("Source", "Source")
_ITEMS, _PEOPLE = say("Items", "Éléments"), say("People", "Personnes")
_HIDDEN = say("Too few people", "Trop peu de personnes")
_RULE = Column("rule", say("Rule", "Règle"), TEXT, "rule")
_CHOSEN = "scope || coalesce(':' || group_id, '') = '${group}'"
_BY_TOOL = "scope = 'tool'"


def _weeks(name: str, *columns: Column, view: str = "kpi_flow_weeks", where: str = _CHOSEN) -> Panel:
    return Panel(
        title=_title(name),
        path=_metric(name),
        params={"grain": "week"},
        columns=columns,
        view=view,
        where=where,
        time="week_start",
    )


def _by_tool(name: str, column: Column, grain: str = "week") -> Panel:
    by_day = grain == "day"
    tool = Column("tool", _TOOL, TEXT, "tool" if by_day else "group_name")
    return Panel(
        title=_title(name),
        path=_metric(name),
        params={"grain": grain, "group_by": "tool"},
        columns=(tool, column),
        view="kpi_tool_days" if by_day else "kpi_tool_weeks",
        where="" if by_day else _BY_TOOL,
        time="day" if by_day else "week_start",
        filtered=("team",),
    )


def _one(name: str, unit: str, sql: str) -> Column:
    return Column("value", _title(name), unit, sql)


FLOW = Dashboard(
    "flow",
    say("Flow of work", "Flux de travail"),
    (
        _weeks(
            "cycle_time",
            Column("p50", _MEDIAN, SECONDS, "cycle_time_p50_seconds"),
            Column("p85", _SLOW, SECONDS, "cycle_time_p85_seconds"),
        ),
        _weeks(
            "lead_time",
            Column("p50", _MEDIAN, SECONDS, "lead_time_p50_seconds"),
            Column("p85", _SLOW, SECONDS, "lead_time_p85_seconds"),
        ),
        _weeks("throughput", _one("throughput", COUNT, "items_finished")),
        _weeks("arrivals", _one("arrivals", COUNT, "items_arrived")),
        _weeks("wip", _one("wip", COUNT, "items_in_progress")),
        _weeks("automation_rate", _one("automation_rate", SHARE, "automation_rate")),
        Panel(
            title=say("Teams, week by week", "Les équipes, semaine par semaine"),
            path=_metric("cycle_time"),
            params={"grain": "week", "group_by": "team"},
            columns=(
                Column("time", say("Week", "Semaine"), INSTANT, "week_start"),
                Column("team", _TEAM, TEXT, "group_name"),
                Column("n", _ITEMS, COUNT, "items_finished"),
                Column("p50", _MEDIAN, SECONDS, "cycle_time_p50_seconds"),
                Column("p85", _SLOW, SECONDS, "cycle_time_p85_seconds"),
                Column("suppressed", _HIDDEN, TEXT, "suppressed"),
            ),
            view="kpi_flow_weeks",
            where="scope = 'team' AND $__timeFilter(week_start)",
            order="week_start DESC, group_name",
            width=24,
        ),
    ),
    ("team", "project"),
)

ADOPTION = Dashboard(
    "adoption",
    say("Adoption of tools", "Adoption des outils"),
    (
        _by_tool("adoption_rate", _one("adoption_rate", SHARE, "adoption_rate")),
        _by_tool("active_users", Column("dau", _PEOPLE, COUNT, "active_people"), "day"),
        _by_tool("stickiness", _one("stickiness", SHARE, "stickiness")),
        _by_tool("seat_utilisation", _one("seat_utilisation", SHARE, "seat_utilisation")),
        Panel(
            title=say("Teams, week by week", "Les équipes, semaine par semaine"),
            path=_metric("active_users"),
            params={"grain": "week", "group_by": "team"},
            columns=(
                Column("time", say("Week", "Semaine"), INSTANT, "week_start"),
                Column("team", _TEAM, TEXT, "group_name"),
                Column("wau", _PEOPLE, COUNT, "active_people"),
                Column("suppressed", _HIDDEN, TEXT, "suppressed"),
            ),
            view="kpi_tool_weeks",
            where="scope = 'team' AND $__timeFilter(week_start)",
            order="week_start DESC, group_name",
            filtered=("team",),
            width=24,
        ),
    ),
    ("team",),
)

DATA_HEALTH = Dashboard(
    "data-health",
    say("Health of the data", "Santé des données"),
    (
        Panel(
            title=_title("freshness"),
            path=_metric("freshness"),
            params={"grain": "total", "group_by": "source"},
            columns=(
                Column("source", _SOURCE, TEXT, "source"),
                Column("stream", say("Stream", "Flux"), TEXT, "stream"),
                Column("value", say("Age", "Âge"), SECONDS, "extract(epoch FROM now() - complete_until)"),
            ),
            view="kpi_freshness",
            where="enabled = 1",
            order="source, stream",
            filtered=(),
            now=True,
        ),
        Panel(
            title=_title("data_coverage"),
            path=_metric("data_coverage"),
            params={"grain": "day"},
            columns=(_RULE, Column("value", _title("data_coverage"), SHARE, "avg(share)")),
            view="kpi_data_coverage_days",
            where="$__timeFilter(day) GROUP BY day, rule",
            time="day",
            filtered=(),
        ),
        Panel(
            title=say("Completeness by source", "Complétude par source"),
            path=_metric("data_coverage"),
            params={"grain": "total", "group_by": "source"},
            columns=(
                Column("source", _SOURCE, TEXT, "source"),
                _RULE,
                Column("value", _title("data_coverage"), SHARE, "avg(share)"),
            ),
            view="kpi_data_coverage_days",
            where="day = (SELECT max(day) FROM kpi_data_coverage_days) GROUP BY source, rule",
            order="source, rule",
            filtered=(),
            width=24,
        ),
    ),
    (),
)

DASHBOARDS = (FLOW, ADOPTION, DATA_HEALTH)
