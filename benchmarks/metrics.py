"""Metrics from the warm cache against a bare NumPy pass over ready arrays, SQL on the rows, and DuckDB if installed.

`python -m benchmarks.metrics --items 1000000` makes a SQLite file with that many items and eight transitions for
each, builds the facts, and prints a table of ratios. The file is kept with `--file` and used again.
"""

import argparse
import importlib
import importlib.util
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import numpy as np

from app.core.db import Database
from app.core.settings import Settings
from app.core.types import to_micros
from app.facts.dirty import build_dirty
from app.facts.read import FactsReader
from app.facts.segment import FINISHED, NEVER
from app.metrics.query import MetricQuery, answer
from app.store import dirty, mappings, version
from app.store.migrate import migrate
from benchmarks.table import Row, Table

NOW = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 3 * 365
START = NOW - timedelta(days=DAYS)
DAY = 86_400_000_000
SOURCE = UUID("6f0f6d3e-1111-4000-8000-000000000000")
PATH = ("todo", "active", "review", "active", "review", "active", "review", "active", "done")
CATEGORIES = {"todo": "todo", "active": "active", "review": "waiting", "done": "done"}
TEAMS, PEOPLE, BATCH = 20, 300, 20_000
QUANTILES = (50, 75, 85, 95)


def fill(path: Path, items: int, people: int = PEOPLE) -> None:
    """A store of that many items: three years, half of the time in a queue, the last ones still open."""
    db = Database(f"sqlite:///{path}")
    migrate(db, NOW)
    db.close()
    dice = np.random.default_rng(1)
    created = to_micros(START) + np.sort(dice.integers(0, DAYS * DAY, items))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA synchronous=OFF; BEGIN")
    connection.execute(
        "INSERT INTO source (id, connector, tool, name, config, enabled, created_at, updated_at)"
        " VALUES (?, 'push', 'jira', 'bench', '{}', 1, 0, 0)",
        (SOURCE.bytes,),
    )
    for name, category in CATEGORIES.items():
        connection.execute(
            "INSERT INTO status (source_id, external_id, id, name, category) VALUES (?, ?, ?, ?, ?)",
            (SOURCE.bytes, name, uuid5(SOURCE, name).bytes, name, category),
        )
    for number in range(people):
        connection.execute(
            "INSERT INTO account (source_id, external_id, id, kind, active) VALUES (?, ?, ?, 'human', 1)",
            (SOURCE.bytes, f"a{number}", uuid5(SOURCE, f"a{number}").bytes),
        )
    for start in range(0, items, BATCH):
        _insert(connection, dice, created[start : start + BATCH], start, people)
    connection.execute("UPDATE data_version SET version = version + 1, at = ?", (to_micros(NOW),))
    connection.execute("COMMIT")
    connection.close()


def _insert(connection: sqlite3.Connection, dice: Any, created: Any, first: int, people: int) -> None:
    moves = created[:, None] + np.cumsum(dice.exponential(1.5 * DAY, (len(created), len(PATH) - 1)).astype(int) + 1, 1)
    begun = moves <= to_micros(NOW)
    identities = dice.bytes(16 * len(created))
    items, transitions = [], []
    for place, at in enumerate(created.tolist()):
        key = f"{first + place:08d}"
        standing = PATH[int(begun[place].sum())]
        items.append(
            (
                SOURCE.bytes, key, identities[16 * place : 16 * place + 16], f"p{place % TEAMS}",
                ("story", "bug")[place % 2], standing, "High", f"a{(first + place) % people}", "[]", "[]", "[]", at, at,
            )
        )  # fmt: skip
        for step, (moved, now) in enumerate(zip(moves[place].tolist(), begun[place].tolist(), strict=True)):
            if now:
                transitions.append((SOURCE.bytes, f"{key}-{step}", key, moved, PATH[step], PATH[step + 1], "a1"))
    connection.executemany(
        "INSERT INTO work_item (source_id, external_id, id, project, item_type, status, priority, assignee, labels,"
        " releases, affects_releases, created_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        items,
    )
    connection.executemany(
        "INSERT INTO transition (source_id, external_id, work_item, at, from_status, to_status, actor)"
        " VALUES (?,?,?,?,?,?,?)",
        transitions,
    )
    connection.executemany("INSERT INTO dirty_item VALUES (?, ?)", [(SOURCE.bytes, row[1]) for row in items])


def median_ms(run: Callable[[], object], times: int = 15) -> float:
    """The median time of a call that has run once before, in milliseconds."""
    run()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken) * 1e3


@dataclass(frozen=True)
class Case:
    """One comparison: a question, the same numbers by hand over ready arrays, and by SQL."""

    name: str
    query: MetricQuery
    bare: Callable[[], object]
    sql: str | None = None


def cells(value: Any, cell: Any, count: int) -> list[Any]:
    """The percentiles and the mean of each cell by one sort, as one writes it by hand."""
    bits = int(value.max()).bit_length()
    key = np.sort((cell.astype(np.int64) << bits) | value)
    bounds = np.append(np.searchsorted(key, np.arange(count) << bits), len(key))
    key &= (1 << bits) - 1
    n = np.diff(bounds)
    place = np.maximum(n[:, None] - 1, 0) * (np.array(QUANTILES) / 100)
    low = place.astype(np.int64)
    last = len(key) - 1
    below, above = (
        key[np.minimum(bounds[:-1, None] + low, last)],
        key[np.minimum(bounds[:-1, None] + np.minimum(low + 1, np.maximum(n[:, None] - 1, 0)), last)],
    )
    return [
        n,
        below + (above - below) * (place - low),
        np.add.reduceat(key, np.minimum(bounds[:-1], len(key) - 1)) / np.maximum(n, 1),
    ]


def cases(reader: FactsReader) -> list[Case]:
    """The questions of the table, with their arrays made ready."""
    end, zone = NOW, "UTC"
    start = end - timedelta(days=91)
    low, high = to_micros(start), to_micros(end)
    edges = np.arange(low, high, 7 * DAY)
    edges = np.append(low, np.array([to_micros(_monday(start) + timedelta(weeks=n)) for n in range(1, 14)]))
    with reader.snapshot() as snapshot:
        rows = snapshot.rows(FINISHED, low, high)
        kept = rows["started_at"] != NEVER
        finished, started, created = (rows[name][kept].copy() for name in ("finished_at", "started_at", "created_at"))
        project = rows["project"][kept].copy()
        begin, until = rows["visit_start"].copy(), rows["visit_end"].copy()
        status, sizes = rows["visit_status"].copy(), rows["visits"].copy()
        category = rows["visit_category"].astype(np.int64) - 1

    def weeks(since: Any) -> Callable[[], object]:
        def run() -> object:
            value = finished - since
            week = np.searchsorted(edges, finished, side="right") - 1
            return cells(value, week, len(edges)), cells(value, np.zeros(len(value), dtype=int), 1)

        return run

    def weeks_by_project() -> object:
        value = finished - started
        week = np.searchsorted(edges, finished, side="right") - 1
        return cells(value, project * len(edges) + week, TEAMS * len(edges)), cells(value, project, TEAMS)

    def in_status() -> object:
        item = np.repeat(np.arange(len(sizes)), sizes)
        opens = np.append(True, (item[1:] != item[:-1]) | (status[1:] != status[:-1]))
        first = np.flatnonzero(opens)
        value = np.add.reduceat(until - begin, first)
        week = (np.searchsorted(edges, finished, side="right") - 1)[item[first]]
        by_status = cells(value, week * 4 + status[first], len(edges) * 4), cells(value, status[first], 4)
        # The answer lists categories too; here each has one status.
        group = category[first]
        return by_status, cells(value, week * 3 + group, len(edges) * 3), cells(value, group, 3)

    def query(metric: str, **more: Any) -> MetricQuery:
        return MetricQuery(metric=metric, start=start, end=end, tz=zone, grain="week", **more)

    return [
        Case("cycle time per week, 90 days", query("cycle_time"), weeks(started), SQL_CYCLE.format(low=low, high=high)),
        Case("cycle time per week and project, 90 days", query("cycle_time", group_by=("project",)), weeks_by_project),
        Case("lead time per week, 90 days", query("lead_time"), weeks(created), SQL_LEAD.format(low=low, high=high)),
        Case("time in status per week, 90 days", query("time_in_status"), in_status),
    ]


def _monday(day: datetime) -> datetime:
    return day - timedelta(days=day.weekday())


_RANKED = """
SELECT week, max(CASE WHEN rank <= 0.5 * n + 1 THEN value END), max(CASE WHEN rank <= 0.85 * n + 1 THEN value END),
       max(CASE WHEN rank <= 0.95 * n + 1 THEN value END), avg(value), max(n)
FROM (SELECT week, value, row_number() OVER (PARTITION BY week ORDER BY value) AS rank,
             count(*) OVER (PARTITION BY week) AS n FROM durations)
GROUP BY week
"""
SQL_CYCLE = (
    """
WITH histories AS (
  SELECT t.work_item, min(CASE WHEN s.category IN ('active', 'waiting') THEN t.at END) AS started,
         max(CASE WHEN s.category = 'done' THEN t.at END) AS finished
  FROM transition t JOIN status s ON s.source_id = t.source_id AND s.external_id = t.to_status GROUP BY t.work_item
), durations AS (
  SELECT finished / 604800000000 AS week, finished - started AS value FROM histories
  WHERE started IS NOT NULL AND finished >= {low} AND finished < {high}
)"""
    + _RANKED
)
SQL_LEAD = (
    """
WITH histories AS (
  SELECT i.created_at, max(CASE WHEN s.category = 'done' THEN t.at END) AS finished
  FROM transition t JOIN status s ON s.source_id = t.source_id AND s.external_id = t.to_status
  JOIN work_item i ON i.source_id = t.source_id AND i.external_id = t.work_item GROUP BY t.work_item
), durations AS (
  SELECT finished / 604800000000 AS week, finished - created_at AS value FROM histories
  WHERE finished >= {low} AND finished < {high}
)"""
    + _RANKED
)


def compare(path: Path, items: int) -> Table:
    """Measure on the store in this file, which is filled first if it is not there."""
    if not path.exists():
        fill(path, items)
    db = Database(f"sqlite:///{path}")
    begin = time.perf_counter()
    built = build_dirty(db)
    seconds = time.perf_counter() - begin
    reader = FactsReader(db)
    settings = Settings(_env_file=None)
    rows = []
    for case in cases(reader):
        warm = median_ms(lambda case=case: answer(reader, settings, case.query))  # type: ignore[misc]
        bare = median_ms(case.bare)
        cold = median_ms(lambda case=case: answer(FactsReader(db), settings, case.query), 3)  # type: ignore[misc]
        rows.append(Row(f"{case.name}: NumPy over ready arrays", f"{bare:.1f} ms"))
        rows.append(Row(f"{case.name}: the answer, warm", f"{warm:.1f} ms", f"{warm / bare:.2f} × NumPy", "1.5 ×"))
        rows.append(Row(f"{case.name}: the answer, cold", f"{cold:.1f} ms", f"{cold / bare:.2f} × NumPy"))
        for name, other in (("SQL on the rows", _sql_ms(path, case.sql)), ("DuckDB", _duckdb_ms(path, case.sql))):
            if other is not None:
                target = "10 ×" if name.startswith("SQL") else ""
                ratio = f"the answer is {other / warm:,.0f} × as fast"
                rows.append(Row(f"{case.name}: {name}", f"{other:,.0f} ms", ratio, target))
    rows += remapped(db, reader, settings)
    db.close()
    built_text = f"facts built in {seconds:.0f} s; " if built else ""
    return Table(
        "Metrics", f"{items:,} items with eight transitions each, SQLite; {built_text}medians of 15 runs.", rows
    )


def remapped(db: Database, reader: FactsReader, settings: Settings) -> list[Row]:
    """How long a new category takes to be seen: of a status that every item was in, and of the same in one project."""
    query = MetricQuery(metric="cycle_time", start=NOW - timedelta(days=91), end=NOW, tz="UTC", grain="week")
    rows = []
    for name, project, category in (("a status", "", "active"), ("a status in one project of twenty", "p3", "done")):
        taken = []
        for meaning in (category, None):
            begin = time.perf_counter()
            with db.write() as connection:
                mappings.set_status(connection, SOURCE, "review", project, meaning)
                dirty.mark_meanings(connection, SOURCE, "status", ["review"])
                version.bump(connection, NOW)
            answer(reader, settings, query)
            taken.append(time.perf_counter() - begin)
        rows.append(Row(f"{name} that every item was in means something else: to the next answer",
                        f"{statistics.mean(taken):.1f} s", "", "10 s"))  # fmt: skip
    return rows


def measure(items: int = 1_000_000) -> Table:
    """The table over a store that is made for it."""
    with tempfile.TemporaryDirectory() as folder:
        return compare(Path(folder) / "bench.db", items)


def _sql_ms(path: Path, sql: str | None) -> float | None:
    if sql is None:
        return None
    connection = sqlite3.connect(path)
    try:
        return median_ms(lambda: connection.execute(sql).fetchall(), 1)
    finally:
        connection.close()


def _duckdb_ms(path: Path, sql: str | None) -> float | None:
    if sql is None or importlib.util.find_spec("duckdb") is None:
        return None
    duckdb = importlib.import_module("duckdb")

    connection = duckdb.connect()
    connection.execute("INSTALL sqlite; LOAD sqlite")
    for name in ("transition", "status", "work_item"):
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM sqlite_scan('{path}', '{name}')")
    return median_ms(lambda: connection.execute(sql).fetchall(), 3)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--file", type=Path, help="where to keep the store, for the next run")
    given = parser.parse_args()
    print((compare(given.file, given.items) if given.file else measure(given.items)).text())


if __name__ == "__main__":
    main()
