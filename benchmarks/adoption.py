"""Adoption over 90 days of a hundred million events, against a bare NumPy pass over ready sets and SQL on the rows.

`python -m benchmarks.adoption --people 20000` makes a SQLite file with the usage days of six tools, builds the facts
and prints a table of ratios. The file is kept with `--file` and used again. The bare pass has what no question can do
without in memory already: a set of bits for each tool and day, and one of those who hold a seat. Its numbers must be
those of the answer.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
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
from app.metrics.query import MetricQuery, answer
from app.store.migrate import migrate
from benchmarks.metrics import median_ms
from benchmarks.table import Row, Table

NOW = datetime(2026, 10, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WINDOW, LOOK_BACK = 90, 28
TODAY = (NOW - EPOCH).days
FIRST = TODAY - WINDOW - LOOK_BACK
START = NOW - timedelta(days=WINDOW)
TOOLS = ("asana", "figma", "jira", "miro", "mixpanel", "slack")
SPACE = UUID("6f0f6d3e-2222-4000-8000-000000000000")
SEATED = 0.9
EVENTS_A_DAY = 30
Matrix = Any


@dataclass(frozen=True)
class Ready:
    """What the bare pass has in memory: who was active in each tool on each day, and who holds a seat, as booleans."""

    active: Matrix
    """(tool, day, person)"""
    seated: Matrix
    """(tool, person)"""
    events: int
    """How many there were in the window."""
    rows: int


def draw(people: int) -> tuple[Matrix, Matrix, Matrix]:
    """Who was active when, how often, and who holds a seat; the same ones on every call."""
    dice = np.random.default_rng(1)
    days = np.arange(FIRST, TODAY)
    keen = dice.random((len(TOOLS), 1, people))
    begun = dice.integers(FIRST - 60, TODAY + 20, (len(TOOLS), 1, people))
    chance = np.where((days + 3) % 7 < 5, 0.95, 0.15)[None, :, None] * np.sqrt(keen)
    active = (dice.random((len(TOOLS), len(days), people)) < chance) & (days[None, :, None] >= begun)
    counts = dice.geometric(1 / EVENTS_A_DAY, int(active.sum()))
    return active, counts, dice.random((len(TOOLS), people)) < SEATED


def fill(path: Path, people: int) -> None:
    """A store with all that; every account has joined its person."""
    db = Database(f"sqlite:///{path}")
    migrate(db, NOW)
    db.close()
    active, counts, seated = draw(people)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-262144; BEGIN")
    persons = [uuid5(SPACE, str(number)).bytes for number in range(people)]
    names = [f"a{number:06d}" for number in range(people)]
    connection.executemany("INSERT INTO person (id, created_at, made_by) VALUES (?, 0, 'account')", zip(persons))
    taken = 0
    for tool, name in enumerate(TOOLS):
        source = uuid5(SPACE, name)
        connection.execute(
            "INSERT INTO source (id, connector, tool, name, config, enabled, created_at, updated_at)"
            " VALUES (?, 'push', ?, ?, '{}', 1, 0, 0)",
            (source.bytes, name, name),
        )
        connection.executemany(
            "INSERT INTO account (source_id, external_id, id, kind, active, person_id) VALUES (?, ?, ?, 'human', 1, ?)",
            (
                (source.bytes, account, uuid5(source, account).bytes, person)
                for account, person in zip(names, persons, strict=True)
            ),
        )
        connection.executemany(
            "INSERT INTO seat (source_id, account, product, as_of) VALUES (?, ?, 'seat', ?)",
            ((source.bytes, names[place], to_micros(NOW)) for place in np.flatnonzero(seated[tool]).tolist()),
        )
        for day in range(active.shape[1]):
            who = np.flatnonzero(active[tool, day]).tolist()
            some = counts[taken : taken + len(who)].tolist()
            taken += len(who)
            connection.executemany(
                "INSERT INTO usage_day (source_id, account, event, day, count) VALUES (?, ?, 'used', ?, ?)",
                [(source.bytes, names[place], FIRST + day, count) for place, count in zip(who, some, strict=True)],
            )
        connection.executemany(
            "INSERT INTO dirty_day (source_id, kind, day) VALUES (?, ?, ?)",
            [(source.bytes, "usage", FIRST + day) for day in range(active.shape[1])] + [(source.bytes, "seat", 0)],
        )
    connection.execute("UPDATE data_version SET version = version + 1, at = ?", (to_micros(NOW),))
    connection.execute("COMMIT")
    connection.close()


def ready(people: int) -> Ready:
    """The sets, ready."""
    active, counts, seated = draw(people)
    first = np.cumsum(active.sum(axis=2).ravel()).reshape(active.shape[:2])
    events = np.concatenate(([0], np.cumsum(counts)))
    of_day = events[first] - events[first - active.sum(axis=2)]
    return Ready(_words(active), _words(seated), int(of_day[:, LOOK_BACK:].sum()), len(counts))


def _words(seen: Matrix) -> Matrix:
    places = -(-seen.shape[-1] // 64) * 64
    wide = np.zeros((*seen.shape[:-1], places), dtype=bool)
    wide[..., : seen.shape[-1]] = seen
    return np.packbits(wide, axis=-1, bitorder="little").view(np.uint64)


def _rolled(rows: Matrix, days: int) -> Matrix:
    so_far = 1
    while so_far < days:
        step = min(so_far, days - so_far)
        wider = rows.copy()
        wider[..., step:, :] |= rows[..., :-step, :]
        rows, so_far = wider, so_far + step
    return rows


def _people(sets: Matrix) -> Matrix:
    return np.bitwise_count(sets).sum(axis=-1, dtype=np.int64)


@dataclass(frozen=True)
class Case:
    """One comparison: a question, the same numbers by hand and by SQL, and which of the answer's measures those are."""

    name: str
    query: MetricQuery
    bare: Callable[[], Matrix]
    """(group, bucket), in the order of the groups' labels."""
    measure: str
    sql: str | None = None


def last_days(grain: str) -> Matrix:
    """The last day of each bucket of the window, counted from `FIRST`."""
    days = np.arange(FIRST + LOOK_BACK, TODAY)
    ends = days if grain == "day" else np.unique(np.append(days[(days + 3) % 7 == 6], TODAY - 1))
    return ends - FIRST


def cases(given: Ready) -> Iterator[Case]:
    """The questions of the table."""
    weeks, days = last_days("week"), last_days("day")

    def query(metric: str, grain: str, *group_by: str) -> MetricQuery:
        return MetricQuery(metric=metric, start=START, end=NOW, tz="UTC", grain=grain, group_by=group_by)

    def by_tool() -> Matrix:
        return _people(_rolled(given.active, LOOK_BACK)[:, weeks] & given.seated[:, None])

    def of_all(ends: Matrix) -> Matrix:
        month = _rolled(given.active, LOOK_BACK)[:, ends] & given.seated[:, None]
        return _people(np.bitwise_or.reduce(month, axis=0))[None]

    def users() -> Matrix:
        week = _rolled(given.active, 7)
        month = week.copy()
        for step in (7, 14, 21):
            month[:, step:] |= week[:, :-step]
        counted = [_people(some[:, weeks]) for some in (given.active, week, month)]
        return counted[-1]

    yield Case("adoption per week and tool", query("adoption_rate", "week", "tool"), by_tool, "numerator", SQL)
    yield Case("adoption per week", query("adoption_rate", "week"), lambda: of_all(weeks), "numerator")
    yield Case("adoption per day", query("adoption_rate", "day"), lambda: of_all(days), "numerator")
    yield Case("active users per week and tool", query("active_users", "week", "tool"), users, "mau")


_ENDS = ", ".join(f"({FIRST + day})" for day in last_days("week").tolist())
SQL = f"""
WITH ends(last) AS (VALUES {_ENDS})
SELECT s.tool, last, count(DISTINCT a.person_id)
FROM source s
CROSS JOIN ends
CROSS JOIN usage_day u ON u.source_id = s.id AND u.day > last - {LOOK_BACK} AND u.day <= last
CROSS JOIN account a ON a.source_id = s.id AND a.external_id = u.account
CROSS JOIN seat t ON t.source_id = s.id AND t.account = u.account
GROUP BY 1, 2 ORDER BY 1, 2
"""
"""`CROSS JOIN` keeps SQLite to this order, which reads each day by the key: left to itself it takes far longer."""


def shown(found: dict[str, Any], measure: str) -> list[list[int]]:
    """A measure of an answer by group, in the order of their labels, and bucket."""
    series = sorted(found["series"], key=lambda one: str(one["group"]))
    return [[point[measure] for point in one["points"]] for one in series]


def compare(path: Path, people: int) -> Table:
    """Measure on the store in this file, which is filled first if it is not there."""
    if not path.exists():
        fill(path, people)
    db = Database(f"sqlite:///{path}")
    begin = time.perf_counter()
    built = build_dirty(db)
    seconds = time.perf_counter() - begin
    given = ready(people)
    reader, settings = FactsReader(db), Settings(_env_file=None)
    rows = []
    for case in cases(given):
        _must_agree(case.name, shown(answer(reader, settings, case.query), case.measure), case.bare().tolist())
        warm = median_ms(lambda case=case: answer(reader, settings, case.query))  # type: ignore[misc]
        bare = median_ms(case.bare)
        cold = median_ms(lambda case=case: answer(FactsReader(db), settings, case.query), 3)  # type: ignore[misc]
        rows.append(Row(f"{case.name}: NumPy over ready sets", f"{bare:.2f} ms"))
        rows.append(Row(f"{case.name}: the answer, warm", f"{warm:.2f} ms", f"{warm / bare:.2f} × NumPy", "1.5 ×"))
        rows.append(Row(f"{case.name}: the answer, cold", f"{cold:.1f} ms", f"{cold / bare:.2f} × NumPy"))
        if case.sql is not None:
            took, found = _by_sql(path, case.sql)
            _must_agree(f"{case.name}, SQL", found, case.bare().ravel().tolist())
            ratio = f"the answer is {took / warm:,.0f} × as fast"
            rows.append(Row(f"{case.name}: SQL on the rows", f"{took:,.0f} ms", ratio, "500 ×"))
    db.close()
    built_text = f"facts of {built:,} days built in {seconds:.0f} s; " if built else ""
    return Table(
        "Adoption",
        f"{given.events / 1e6:,.0f} million events of {people:,} people in {len(TOOLS)} tools within {WINDOW} days, "
        f"{given.rows / 1e6:.1f} million usage days with the {LOOK_BACK} days before, SQLite; {built_text}medians of "
        "15 runs.",
        rows,
        "The bare pass has its sets in memory, knows one question, and checks nothing: no names, no version of the "
        "data, no groups too small to show, no accounts without a person.",
    )


def _must_agree(what: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise RuntimeError(f"The numbers differ for {what}: {found} and {expected}.")


def _by_sql(path: Path, sql: str) -> tuple[float, list[int]]:
    """Milliseconds of one run, and the numbers that it gives."""
    connection = sqlite3.connect(path)
    try:
        begin = time.perf_counter()
        found = connection.execute(sql).fetchall()
        return (time.perf_counter() - begin) * 1e3, [number for *_, number in found]
    finally:
        connection.close()


def measure(people: int = 20_000) -> Table:
    """The table over a store that is made for it."""
    with tempfile.TemporaryDirectory() as folder:
        return compare(Path(folder) / "bench.db", people)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--file", type=Path, help="where to keep the store, for the next run")
    given = parser.parse_args()
    print((compare(given.file, given.people) if given.file else measure(given.people)).text())


if __name__ == "__main__":
    main()
