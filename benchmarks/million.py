"""A day of a million Mixpanel events: time and peak memory, against a bare loop that reads, decodes and folds.

The bare loop keeps the id of every event in a set, so that a repeat counts once as it does with us, and puts events
together that are broken over two lines; it does nothing else that is ours to do. Each side is a process of its own, so
that its peak memory is known; the server is another, with the packed answer ready.

Run it with `python -m benchmarks.million [EVENTS] [RUNS]`.
"""

import argparse
import base64
import gzip
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from statistics import median
from zlib import crc32

import httpx
import msgspec
from pydantic import SecretStr

from app.core.logging import SecretMask, configure_logging
from benchmarks.syncing import as_a_process_of_ours, prepare, sync
from benchmarks.table import Row, Table
from connectors.kit.connector import Access
from connectors.kit.hosts import HostPolicy
from connectors.kit.sandbox import Request, Response, json_response, serving
from connectors.mixpanel.config import MixpanelConfig, ServiceAccount
from connectors.mixpanel.connector import MixpanelConnector
from connectors.mixpanel.raw import AccountDay
from connectors.mixpanel.sandbox import Keys
from connectors.mixpanel.sandbox.lines import broken_over_two, line, repeated
from connectors.mixpanel.sandbox.product import Sent

DAY = date(2026, 11, 1)
NOW = datetime(2026, 11, 1, 23, 59, tzinfo=UTC)
PEOPLE = 20_000
EVENTS = tuple(f"Event {number}" for number in range(12))
KEYS = Keys()
MOST_MEMORY = 200e6


class Standing:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW


# -- the server -------------------------------------------------------------------------------------------


def export(count: int) -> Iterator[bytes]:
    """Lines of an export with the oddities of real ones: repeats, broken lines, spoilt keys."""
    dice = Random(1)
    now = int(NOW.timestamp() * 1000)
    for number in range(count):
        at = now - 1000 * dice.randrange(80_000)
        person = f"account-{int(PEOPLE * dice.random() ** 2)}"
        name = EVENTS[int(len(EVENTS) * dice.random() ** 2)]
        written = line(
            Sent(person, name, at, at + 2_000, f"{dice.getrandbits(64):016x}{number:x}", "web", None, at, False),
            now,
            shift=0,
        )
        yield broken_over_two(written) if number % 5_000 == 4_999 else written
        if number % 40 == 0:
            yield repeated(written)


class OneDay:
    """A project with one day of events and no profiles."""

    def __init__(self, count: int) -> None:
        packed = bytearray()
        with tempfile.SpooledTemporaryFile(2**30) as file:
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1, mtime=0) as packer:
                for one in export(count):
                    packer.write(one)
            file.seek(0)
            packed += file.read()
        self._day = Response(200, bytes(packed), "text/plain", (("Content-Encoding", "gzip"),))

    def mounted(self, url: str) -> None:
        pass

    def spared(self, path: str) -> bool:  # noqa: ARG002
        return True

    def respond(self, request: Request) -> Response:
        if request.path.endswith("/engage"):
            return json_response({"results": [], "page": 0, "page_size": 1000, "session_id": "1"})
        within = request.param("from_date") <= DAY.isoformat() <= request.param("to_date")
        if request.param("limit"):
            return Response(200, b'{"event":"a","properties":{"time":1}}\n' if within else b"", "text/plain")
        return self._day if within else Response(200, b"", "text/plain")


# -- the sides --------------------------------------------------------------------------------------------


class Told(msgspec.Struct, frozen=True):
    """What a side found: how many events, of how many pairs of account and event, and a sum over all that."""

    events: int
    pairs: int
    sum: int


def told(rows: Iterable[tuple[str, str, int]]) -> Told:
    """(event, account, count), in any order, as something to compare that needs no memory."""
    events = pairs = total = 0
    for name, account, count in rows:
        events += count
        pairs += 1
        total += crc32(f"{name}/{account}/{count}".encode())
    return Told(events, pairs, total)


class BareProperties(msgspec.Struct, gc=False):
    distinct_id: str
    insert_id: str | None = msgspec.field(name="$insert_id", default=None)
    spoilt: str | None = msgspec.field(name="insert_id\ufffd", default=None)


class BareEvent(msgspec.Struct, gc=False):
    event: str
    properties: BareProperties


def bare(url: str) -> Told:
    """The floor: read, decode, fold."""
    decoder = msgspec.json.Decoder(BareEvent)
    counts: Counter[tuple[str, str]] = Counter()
    seen: set[str] = set()

    def fold(events: list[BareEvent]) -> None:
        for event in events:
            properties = event.properties
            insert_id = properties.insert_id or properties.spoilt
            if insert_id is not None:
                if insert_id in seen:
                    continue
                seen.add(insert_id)
            counts[event.event, properties.distinct_id] += 1

    proof = base64.b64encode(f"{KEYS.username}:{KEYS.secret}".encode()).decode()
    target = f"{url}/api/2.0/export?project_id={KEYS.project_id}&from_date={DAY}&to_date={DAY}"
    rest = b""
    with httpx.stream("GET", target, headers={"Authorization": f"Basic {proof}"}, timeout=600) as answer:
        for piece in answer.iter_bytes():
            waiting = rest + piece
            end = waiting.rfind(b"\n") + 1
            rest = waiting[end:]
            try:
                fold(decoder.decode_lines(waiting[:end]))
            except msgspec.DecodeError:
                broken = b""
                for one in waiting[:end].split(b"\n"):
                    try:
                        fold([decoder.decode(broken + one)])
                        broken = b""
                    except msgspec.DecodeError:
                        broken += one
                rest = broken + rest
    return told((name, account, count) for (name, account), count in counts.items())


def folded(url: str) -> Told:
    """The connector's own reading of the day."""
    connector = MixpanelConnector(queries_a_second=1_000)
    settings = MixpanelConfig(base_url=url, project_id=KEYS.project_id)
    access = Access(
        config=settings,
        credentials=ServiceAccount(username=KEYS.username, secret=SecretStr(KEYS.secret)),
        hosts=HostPolicy(connector.hosts(settings), ["127.0.0.1"]),
        now=Standing().now,
        sleep=lambda seconds: None,
        save_credentials=lambda credentials: None,
    )
    with connector.open(access) as project:
        rows = project.day(DAY).rows()
        return told((row.event, row.account, row.count) for row in rows if isinstance(row, AccountDay))


def stored(url: str) -> Told:
    """A whole first sync into a prepared SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        prepare(path)
        sync(
            path,
            MixpanelConnector(queries_an_hour=1_000, queries_a_second=1_000),
            {"base_url": url, "project_id": KEYS.project_id},
            {"kind": "service_account", "username": KEYS.username, "secret": KEYS.secret},
            Standing(),
        )
        with sqlite3.connect(path) as connection:
            return told(connection.execute("SELECT event, account, count FROM usage_day"))


SIDES: dict[str, Callable[[str], Told]] = {"bare": bare, "folded": folded, "stored": stored}


class Taken(msgspec.Struct):
    """What a side took, and what it found."""

    seconds: float
    peak: float
    """Bytes."""
    found: Told


def run_side(name: str, url: str) -> Taken:
    """Runs a side in this process."""
    configure_logging(SecretMask(), level="WARNING")
    with as_a_process_of_ours():
        began = time.perf_counter()
        found = SIDES[name](url)
        seconds = time.perf_counter() - began
    return Taken(seconds, peak_memory(), found)


def peak_memory() -> float:
    """The most memory that this process held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux counts what the parent held, before this program was started in it, to `ru_maxrss`.
        return 1024 * float(status.read_text().partition("VmHWM:")[2].split()[0])
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


@contextmanager
def served(events: int) -> Iterator[str]:
    """The address of a server of that day."""
    command = [sys.executable, "-m", "benchmarks.million", "--serve", str(events)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield (process.stdout or sys.stdin).readline().strip()
    finally:
        process.communicate(timeout=30)


def measure(events: int = 1_000_000, runs: int = 3) -> Table:
    """The table: medians, the sides in turn."""
    taken: dict[str, list[Taken]] = {name: [] for name in SIDES}
    with served(events) as url:
        for _ in range(runs):
            for name, found in taken.items():
                command = [sys.executable, "-m", "benchmarks.million", "--side", name, "--url", url]
                found.append(
                    msgspec.json.decode(subprocess.run(command, check=True, capture_output=True).stdout, type=Taken)
                )
    outcomes = {one.found for found in taken.values() for one in found}
    if len(outcomes) != 1:
        raise RuntimeError(f"The sides found different things: {outcomes}.")
    pairs = outcomes.pop().pairs
    floor, own, whole = (median(one.seconds for one in taken[name]) for name in SIDES)
    floor_peak, own_peak, whole_peak = (max(one.peak for one in taken[name]) for name in SIDES)
    target = f"below {MOST_MEMORY / 1e6:.0f} MB"
    return Table(
        "A day of Mixpanel events",
        f"{events:,} events of {PEOPLE:,} accounts, gzip over HTTP, folded into {pairs:,} days of an account and "
        f"event; medians of {runs} runs, peaks of the processes.",
        [
            Row("a bare loop: read, decode, fold", f"{floor:.2f} s, {floor_peak / 1e6:.0f} MB"),
            Row("ours: time", f"{own:.2f} s", f"{floor / own:.0%} of the loop's speed", "at least 60 %"),
            Row("ours: peak memory", f"{own_peak / 1e6:.0f} MB", "", target),
            Row("a whole sync into SQLite: time", f"{whole:.2f} s"),
            Row("a whole sync into SQLite: peak memory", f"{whole_peak / 1e6:.0f} MB", "", target),
        ],
    )


def main() -> None:
    """The table, or one of the processes that it needs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=1_000_000)
    parser.add_argument("runs", type=int, nargs="?", default=3)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        with serving(OneDay(given.serve), clock=Standing().now) as server:
            print(server.url, flush=True)
            sys.stdin.buffer.read()
    elif given.side:
        sys.stdout.write(msgspec.json.encode(run_side(given.side, given.url)).decode())
    else:
        print(measure(given.events, given.runs).text())


if __name__ == "__main__":
    main()
