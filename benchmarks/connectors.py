"""Records a second of the Asana, Slack and Mixpanel connectors against the least that any program must do.

The floor sends the same requests over one connection, decodes the answers into structs, and inserts the same rows with
bare `sqlite3`, a transaction for 500 of them: no normalising, no cursor, no comparison with what is stored, no lists
to look deletions up in. Both sides meet the same sandbox, which runs in a process of its own and remembers its answers.

Run it with `python -m benchmarks.connectors [RUNS] [NAME...]`.
"""

import gzip
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import msgspec

from app.core.logging import SecretMask, configure_logging
from benchmarks.remembered import ASKED, NOW, Asked
from benchmarks.syncing import as_a_process_of_ours, prepare, sync
from benchmarks.table import Row, Table
from connectors.asana import raw as asana
from connectors.asana.connector import AsanaConnector
from connectors.asana.sandbox import WORKSPACE
from connectors.asana.sandbox import Keys as AsanaKeys
from connectors.kit.connector import Connector
from connectors.mixpanel import raw as mixpanel
from connectors.mixpanel.connector import MixpanelConnector
from connectors.mixpanel.sandbox import Keys as MixpanelKeys
from connectors.slack import raw as slack
from connectors.slack.connector import SlackConnector
from connectors.slack.sandbox import Keys as SlackKeys

_ROWS_AT_ONCE = 500
_QUICK = 1_000_000
"""Requests: politeness is not what is measured."""
_RECORDS = (
    *("project", "status", "item_type", "account", "seat", "work_item", "transition", "item_activity"),
    *("usage_day", "channel", "conversation"),
)
Decode = Callable[[bytes], object]


@dataclass(frozen=True)
class Side:
    """What is measured of a connector: how it is told where to read, and how a program by hand decodes the answers."""

    connector: Connector
    size: int
    config: Callable[[str], dict[str, Any]]
    proof: dict[str, Any]
    decoders: Sequence[tuple[str, Decode]]
    """(pattern of the path, how its answers are decoded), the first that matches."""


def _of(kind: Any) -> Decode:
    return msgspec.json.Decoder(kind).decode


def _lines(kind: Any) -> Decode:
    """Lines, one of which may be broken over two: it is put together again."""
    decoder = msgspec.json.Decoder(kind)

    def decode(body: bytes) -> object:
        try:
            return decoder.decode_lines(body)
        except msgspec.DecodeError:
            found, rest = [], b""
            for line in body.split(b"\n"):
                try:
                    found.append(decoder.decode(rest + line))
                    rest = b""
                except msgspec.DecodeError:
                    rest += line
            return found

    return decode


def _member_days(body: bytes) -> object:
    return _lines(slack.MemberDay)(gzip.decompress(body)) if body[:2] == b"\x1f\x8b" else _of(slack.Verdict)(body)


def sides() -> dict[str, Side]:
    """The three connectors."""
    asana_keys, slack_keys, mixpanel_keys = AsanaKeys(), SlackKeys(), MixpanelKeys()
    return {
        "asana": Side(
            AsanaConnector(requests_a_second=_QUICK),
            1_500,
            lambda url: {"base_url": url, "workspace": WORKSPACE},
            {"kind": "personal_access_token", "token": asana_keys.token},
            [
                (r".*/tasks", _of(asana.Listing[asana.Task])),
                (r".*/subtasks", _of(asana.Listing[asana.Task])),
                (r".*/stories", _of(asana.Listing[asana.Story])),
                (r".*/tasks/\d+", _of(asana.Answer[asana.Task])),
                (r".*", _of(Any)),
            ],
        ),
        "slack": Side(
            SlackConnector(),
            3_000,
            lambda url: {"base_url": f"{url}/api", "include_private": True},
            {"kind": "bot_token", "token": slack_keys.token, "signing_secret": slack_keys.signing_secret}
            | {"user_token": slack_keys.user_token},
            [
                (r".*/conversations\.(history|replies)", _of(slack.MessagePage)),
                (r".*/conversations\.members", _of(slack.MemberPage)),
                (r".*/users\.list", _of(slack.UserPage)),
                (r".*/admin\.analytics\.getFile", _member_days),
                (r".*", _of(Any)),
            ],
        ),
        "mixpanel": Side(
            MixpanelConnector(queries_an_hour=_QUICK, queries_a_second=_QUICK),
            500,
            lambda url: {"base_url": url, "project_id": mixpanel_keys.project_id},
            {"kind": "service_account", "username": mixpanel_keys.username, "secret": mixpanel_keys.secret},
            [
                (r".*/export", _lines(mixpanel.Event)),
                (r".*/engage", _of(mixpanel.ProfilePage)),
            ],
        ),
    }


class Standing:
    """A clock that stands, so that every reading asks the same."""

    def now(self) -> datetime:
        return NOW


@contextmanager
def served(name: str, size: int) -> Iterator[str]:
    """The address of a remembering sandbox."""
    command = [sys.executable, "-m", "benchmarks.remembered", name, str(size)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield (process.stdout or sys.stdin).readline().strip()
    finally:
        process.communicate(timeout=30)


Rows = dict[str, list[tuple[Any, ...]]]


def rows_of(path: Path) -> Rows:
    """Everything that a sync of ours left, by table; its source first."""
    with sqlite3.connect(path) as connection:
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("source", *_RECORDS)}


def by_hand(url: str, path: Path, asked: Sequence[Asked], decoders: Sequence[tuple[str, Decode]], rows: Rows) -> None:
    """The floor."""
    patterns = [(re.compile(pattern), decode) for pattern, decode in decoders]
    with httpx.Client(base_url=url, timeout=60) as client:
        for one in asked:
            answer = client.request(one.method, one.target, headers=one.headers, content=one.body)
            decode = next(decode for pattern, decode in patterns if pattern.fullmatch(answer.url.path))
            decode(answer.content)
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "temp_store=MEMORY", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    for table, all_of_it in rows.items():
        for start in range(0, len(all_of_it), _ROWS_AT_ONCE):
            some = all_of_it[start : start + _ROWS_AT_ONCE]
            marks = ", ".join("?" * len(some[0]))
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", some)
            connection.execute("COMMIT")
    connection.close()


def compare(name: str, side: Side, runs: int) -> list[Row]:
    """Both sides in turn, after a reading of ours that the sandbox learns its answers from."""
    with tempfile.TemporaryDirectory() as folder, served(name, side.size) as url:

        def ours(path: Path) -> None:
            sync(path, side.connector, side.config(url), side.proof, Standing())

        first = Path(folder) / "first.db"
        prepare(first)
        ours(first)
        rows = rows_of(first)
        asked = msgspec.json.decode(httpx.get(url + ASKED, timeout=60).content, type=list[Asked])
        times: dict[str, list[float]] = {"floor": [], "ours": []}
        for turn in range(runs):
            for who, taken in times.items():
                path = Path(folder) / f"{who}{turn}.db"
                prepare(path)
                with as_a_process_of_ours():
                    began = time.perf_counter()
                    if who == "ours":
                        ours(path)
                    else:
                        by_hand(url, path, asked, side.decoders, rows)
                    taken.append(time.perf_counter() - began)
    floor, own = median(times["floor"]), median(times["ours"])
    records = sum(map(len, rows.values())) - 1
    what = f"{side.connector.title}, {records:,} records of {len(asked):,} requests"
    return [
        Row(f"{what}: the floor", f"{records / floor:,.0f} records/s"),
        Row(f"{what}: ours", f"{records / own:,.0f} records/s", f"{floor / own:.0%} of the floor's speed"),
    ]


def measure(runs: int = 3, names: Sequence[str] = ()) -> Table:
    """The table."""
    configure_logging(SecretMask(), level="WARNING")
    rows = [row for name, side in sides().items() if not names or name in names for row in compare(name, side, runs)]
    return Table(
        "Records a second of the other connectors, SQLite",
        f"First syncs of whole sandboxes that remember their answers; medians of {runs} runs.",
        rows,
        "The floor asks one request after the other over one connection, decodes the answers, and inserts rows that "
        "are ready: it neither joins, normalises nor folds. A Mixpanel record is a person's day of one event, folded "
        "from many events.",
    )


if __name__ == "__main__":
    print(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 3, sys.argv[2:]).text())
