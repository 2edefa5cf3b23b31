"""Every metric of the catalogue by team and week, and a dashboard page of twelve, over one large store.

`python -m benchmarks.catalogue --items 1000000 --people 20000` makes a SQLite file with that many items (eight
transitions each), people in 200 teams, and the days on which they used six tools; `--file` keeps it. Where a metric's
facts are work items, its answer is held against a bare NumPy pass over ready arrays of the same facts: the cell of
each fact, then a sort for percentiles, or sums.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid5

import numpy as np

from app.core.db import Database
from app.core.settings import Settings
from app.facts.dirty import build_dirty
from app.facts.read import FactsReader
from app.metrics.answer import question_of
from app.metrics.asked import checked
from app.metrics.catalogue import CATALOGUE
from app.metrics.declaration import Metric
from app.metrics.query import MetricQuery, answer
from benchmarks import adoption, metrics
from benchmarks.metrics import NOW, SOURCE, cells, median_ms
from benchmarks.table import Row, Table

TEAMS = 200
SPACE = UUID("6f0f6d3e-3333-4000-8000-000000000000")
SPANS = {"90 days": timedelta(days=90), "3 years": timedelta(days=3 * 365)}
PAGE = (
    "cycle_time", "lead_time", "throughput", "arrivals", "wip", "flow_efficiency", "reopen_rate", "automation_rate",
    "adoption_rate", "active_users", "stickiness", "seat_utilisation",
)  # fmt: skip
RUNS = {"90 days": 5, "3 years": 2}
OPEN = Settings(_env_file=None, timezone="UTC")
_REMARKS = (
    "The bare pass begins with facts that were chosen and put into their teams beforehand, and it ends with arrays: it"
    " counts no people, hides no small group, looks for no doubtful item, and names nothing. By team and week over"
    " three years an answer is 31,400 points as plain values, about a microsecond each before any fact is looked at:"
    " where there are fewer facts than points, that is what its ratio shows. Metrics without a ratio rest on other"
    " facts than work items: sets of people by day, threads, states, releases, sources."
)


def fill(path: Path, items: int, people: int) -> None:
    """The items of one benchmark and the use of another in one store, with teams for everybody."""
    adoption.fill(path, people)
    metrics.fill(path, items, people)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA synchronous=OFF; BEGIN")
    teams = [uuid5(SPACE, str(number)).bytes for number in range(TEAMS)]
    connection.executemany(
        "INSERT INTO team (id, name, created_at) VALUES (?, ?, 0)",
        [(team, f"team {number:03d}") for number, team in enumerate(teams)],
    )
    persons = [row[0] for row in connection.execute("SELECT id FROM person ORDER BY id")]
    connection.executemany(
        "INSERT INTO team_member (person_id, valid_from, team_id) VALUES (?, 0, ?)",
        [(person, teams[number % TEAMS]) for number, person in enumerate(persons)],
    )
    accounts = [row[0] for row in connection.execute("SELECT id FROM account WHERE source_id = ?", (SOURCE.bytes,))]
    connection.executemany("UPDATE account SET person_id = ? WHERE id = ?", list(zip(persons, accounts, strict=False)))
    connection.execute("COMMIT")
    connection.close()


def asked(metric: str, span: timedelta, *group_by: str) -> MetricQuery:
    """A question by week."""
    return MetricQuery(metric=metric, start=NOW - span, end=NOW, tz="UTC", grain="week", group_by=group_by)


def bare_pass(reader: FactsReader, metric: Metric, query: MetricQuery) -> Callable[[], object] | None:
    """The numbers of the question by hand, over arrays that are ready; None where the facts are no work items."""
    if metric.select is None or metric.sample == "days":
        return None
    known = checked(query)
    with reader.snapshot() as snapshot:
        question = question_of(snapshot, OPEN, known, known.buckets)
        selected = metric.select(question)
        group = question.groups(selected.facts)
        time_of, value = selected.facts.time.copy(), np.asarray(selected.value).copy()
        weight = None if selected.weight is None else selected.weight.copy()
        edges, weeks = question.buckets.edges[:-1].copy(), len(question.buckets)
    row = np.zeros(len(value), dtype=np.int64) if group is None else np.unique(group, return_inverse=True)[1]
    rows = int(row.max(initial=0)) + 1

    def run() -> object:
        cell = row * weeks + np.searchsorted(edges, time_of, side="right") - 1
        if metric.unit == "seconds" and len(value):
            return cells(value, cell, rows * weeks), cells(value, row, rows)
        return [
            (np.bincount(place, weights=value, minlength=size), np.bincount(place, weights=weight, minlength=size))
            for place, size in ((cell, rows * weeks), (row, rows))
        ]

    return run


def compare(path: Path, items: int, people: int) -> Table:
    """Measure on the store in this file, which is filled first if it is not there."""
    if not path.exists():
        fill(path, items, people)
    db = Database(f"sqlite:///{path}")
    begin = time.perf_counter()
    built = build_dirty(db)
    seconds = time.perf_counter() - begin
    reader = FactsReader(db, cache_bytes=4 * 2**30)
    rows = []
    for metric in CATALOGUE:
        for span, length in SPANS.items():
            by_team = ("team",) if "team" in metric.dimensions else ()
            rows += _rows(reader, db, metric, asked(metric.name, length, *by_team), span)
    page = [asked(name, SPANS["90 days"]) for name in PAGE]
    taken = median_ms(lambda: [answer(reader, OPEN, query) for query in page])
    rows.append(Row("a page of twelve metrics per week, 90 days, warm", f"{taken:.0f} ms", "", "100 ms"))
    db.close()
    size = f"{items:,} items, {people:,} people in {TEAMS} teams, SQLite"
    how = "medians of 5 runs, of 2 over three years; cold is the first question to a new reader"
    return Table("Catalogue", f"{size}; {how}{f'; facts built in {seconds:.0f} s' if built else ''}.", rows, _REMARKS)


def _rows(reader: FactsReader, db: Database, metric: Metric, query: MetricQuery, span: str) -> list[Row]:
    # A list of every item in progress in each of 157 weeks is refused as too large: it is asked for the last day alone.
    query = replace(query, grain="total") if metric.name == "wip_age" else query
    name = f"{metric.name} per {'team and ' if query.group_by else ''}{query.grain}, {span}"
    begin = time.perf_counter()
    answer(FactsReader(db), OPEN, query)
    cold = (time.perf_counter() - begin) * 1e3
    warm = median_ms(lambda: answer(reader, OPEN, query), RUNS[span])
    bare = bare_pass(reader, metric, query)
    if bare is None:
        return [Row(name, f"{warm:.1f} ms warm, {cold:.0f} ms cold")]
    by_hand = median_ms(bare, RUNS[span])
    ratio = f"{warm / by_hand:.2f} × NumPy ({by_hand:.1f} ms)" if by_hand else ""
    return [Row(name, f"{warm:.1f} ms warm, {cold:.0f} ms cold", ratio, "2 ×")]


def measure(items: int = 1_000_000, people: int = 20_000) -> Table:
    """The table over a store that is made for it."""
    with tempfile.TemporaryDirectory() as folder:
        return compare(Path(folder) / "bench.db", items, people)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--people", type=int, default=4_000)
    parser.add_argument("--file", type=Path, help="where to keep the store, for the next run")
    given = parser.parse_args()
    table = compare(given.file, given.items, given.people) if given.file else measure(given.items, given.people)
    print(table.text())


if __name__ == "__main__":
    main()
