"""How much of a sync's time is not ours: our ingest against the least that any program must do.

The floor is a script by hand: it downloads the same pages of the same sandbox, decodes them into the fewest
fields, and inserts the same rows with bare `sqlite3`, a commit a page. The peer is the `jira` client, which
turns the same issues into its objects and stores nothing. The sandbox runs in a process of its own and has
rendered every page before anything is measured.

Run it with `python -m benchmarks.ingest [ITEMS] [RUNS]`.
"""

import base64
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx
import msgspec
from jira import JIRA

from app.core.logging import SecretMask, configure_logging
from benchmarks.syncing import as_a_process_of_ours, prepare, sync
from benchmarks.table import Row, Table
from connectors.jira import CONNECTOR
from connectors.jira.raw import FIELDS

EMAIL, TOKEN = "sync@example.test", "fake-api-token"


class Author(msgspec.Struct, rename="camel", gc=False):
    account_id: str


class Remark(msgspec.Struct, gc=False):
    created: datetime
    author: Author


class Named(msgspec.Struct, gc=False):
    id: str
    name: str | None = None


class Comments(msgspec.Struct, gc=False):
    comments: list[Remark]
    total: int


class Worklogs(msgspec.Struct, gc=False):
    worklogs: list[Remark]
    total: int


class Fields(msgspec.Struct, rename="camel", gc=False):
    created: datetime
    updated: datetime
    summary: str
    status: Named
    issuetype: Named
    project: Named
    labels: list[str]
    comment: Comments
    worklog: Worklogs
    priority: Named | None = None
    resolution: Named | None = None
    resolutiondate: datetime | None = None
    assignee: Author | None = None
    creator: Author | None = None
    parent: Named | None = None
    fix_versions: list[Named] = []
    versions: list[Named] = []


class Issue(msgspec.Struct, gc=False):
    id: str
    key: str
    fields: Fields


class Search(msgspec.Struct, rename="camel", gc=False):
    issues: list[Issue]
    next_page_token: str | None = None


class Change(msgspec.Struct, gc=False):
    field: str
    from_: str | None = msgspec.field(default=None, name="from")
    to: str | None = None


class History(msgspec.Struct, gc=False):
    id: str
    created: int
    author: Author
    items: list[Change]


class IssueHistories(msgspec.Struct, rename="camel", gc=False):
    issue_id: str
    change_histories: list[History]


class Histories(msgspec.Struct, rename="camel", gc=False):
    issue_change_logs: list[IssueHistories]
    next_page_token: str | None = None


class Projects(msgspec.Struct, gc=False):
    values: list[Named]


_SEARCH, _HISTORIES = msgspec.json.Decoder(Search), msgspec.json.Decoder(Histories)
_COMMENTS, _WORKLOGS = msgspec.json.Decoder(Comments), msgspec.json.Decoder(Worklogs)
_MARKS = {
    table: ",".join("?" * count) for table, count in {"work_item": 22, "transition": 9, "item_activity": 3}.items()
}


def by_hand(url: str, path: Path) -> int:
    """The floor: download, decode, insert. Gives the number of items."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous=FULL", "temp_store=MEMORY", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    source = uuid4()
    now = datetime.now(UTC).timestamp()  # noqa: TID251 - a script by hand has no clock to be given
    connection.execute(
        "INSERT INTO source (id, connector, tool, name, config, enabled, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (source.bytes, "jira", "Jira", "floor", "{}", True, int(now * 1e6), int(now * 1e6)),
    )
    count = 0
    headers = {"Authorization": "Basic " + base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        projects = msgspec.json.decode(client.get("/rest/api/3/project/search").content, type=Projects)
        for project in projects.values:
            token: str | None = None
            while True:
                body: dict[str, Any] = {
                    "jql": f"project = {project.id} AND updated >= 0 ORDER BY updated ASC, id ASC".replace(
                        ">= 0", ">= 1"
                    ),
                    "fields": FIELDS,
                    "maxResults": 100,
                }
                if token:
                    body["nextPageToken"] = token
                page = _SEARCH.decode(client.post("/rest/api/3/search/jql", json=body).raise_for_status().content)
                histories = _page_histories(client, [issue.id for issue in page.issues])
                _complete(client, page.issues)
                _insert(connection, source, page.issues, histories)
                count += len(page.issues)
                token = page.next_page_token
                if token is None:
                    break
    connection.close()
    return count


def _complete(client: httpx.Client, issues: list[Issue]) -> None:
    """Fetch the comments and worklogs that a search leaves out."""
    for issue in issues:
        fields, path = issue.fields, f"/rest/api/3/issue/{issue.id}"
        if fields.comment.total > len(fields.comment.comments):
            fields.comment = _COMMENTS.decode(client.get(f"{path}/comment?maxResults=5000").raise_for_status().content)
        if fields.worklog.total > len(fields.worklog.worklogs):
            fields.worklog = _WORKLOGS.decode(client.get(f"{path}/worklog?maxResults=5000").raise_for_status().content)


def _page_histories(client: httpx.Client, ids: list[str]) -> dict[str, list[History]]:
    found: dict[str, list[History]] = {}
    body: dict[str, Any] = {"issueIdsOrKeys": ids, "maxResults": 10_000}
    while True:
        page = _HISTORIES.decode(client.post("/rest/api/3/changelog/bulkfetch", json=body).raise_for_status().content)
        for one in page.issue_change_logs:
            found.setdefault(one.issue_id, []).extend(one.change_histories)
        if page.next_page_token is None:
            return found
        body["nextPageToken"] = page.next_page_token


def _micros(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1_000_000)


def _insert(
    connection: sqlite3.Connection, source: UUID, issues: list[Issue], histories: dict[str, list[History]]
) -> None:
    items, moves, shares, days = [], [], [], Counter[tuple[str, str, int]]()
    for issue in issues:
        fields = issue.fields
        items.append(
            (
                source.bytes,
                issue.id,
                uuid5(source, issue.id).bytes,
                issue.key,
                f"/browse/{issue.key}",
                fields.summary,
                fields.project.id,
                fields.issuetype.id,
                fields.status.id,
                fields.resolution and fields.resolution.id,
                _micros(fields.resolutiondate),
                fields.priority and fields.priority.name,
                fields.assignee and fields.assignee.account_id,
                fields.creator and fields.creator.account_id,
                fields.parent and fields.parent.id,
                msgspec.json.encode(fields.labels).decode(),
                None,
                msgspec.json.encode([one.id for one in fields.fix_versions]).decode(),
                msgspec.json.encode([one.id for one in fields.versions]).decode(),
                _micros(fields.created),
                _micros(fields.updated),
                None,
            )
        )
        mine = Counter[tuple[str, str, int]]()
        for history in histories.get(issue.id, ()):
            mine[history.author.account_id, "change", history.created // 86_400_000] += 1
            for index, change in enumerate(history.items):
                if change.field == "status":
                    moves.append(
                        (
                            source.bytes,
                            f"{history.id}:{index}",
                            issue.id,
                            history.created * 1000,
                            change.from_,
                            change.to,
                            history.author.account_id,
                            None,
                            None,
                        )
                    )
        for event, remarks in (("comment", fields.comment.comments), ("worklog", fields.worklog.worklogs)):
            for remark in remarks:
                mine[remark.author.account_id, event, int(remark.created.timestamp()) // 86_400] += 1
        shares.append((source.bytes, issue.id, msgspec.json.encode([(*key, n) for key, n in mine.items()]).decode()))
        days += mine
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT INTO work_item (source_id, external_id, id, key, url, title, project, item_type, status, resolution,"
        " resolved_at, priority, assignee, creator, parent, labels, points, releases, affects_releases, created_at,"
        f" updated_at, deleted_at) VALUES ({_MARKS['work_item']})",
        items,
    )
    connection.executemany(f"INSERT INTO transition VALUES ({_MARKS['transition']})", moves)
    connection.executemany(f"INSERT INTO item_activity VALUES ({_MARKS['item_activity']})", shares)
    connection.executemany(
        "INSERT INTO usage_day VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [(source.bytes, *key, count) for key, count in days.items()],
    )
    connection.execute("COMMIT")


def ours(url: str, path: Path) -> int:
    """A first sync of every stream by the product. Gives the number of items."""
    sync(path, CONNECTOR, {"base_url": url}, {"kind": "api_token", "email": EMAIL, "token": TOKEN})
    with sqlite3.connect(path) as connection:
        return int(connection.execute("SELECT count(*) FROM work_item").fetchone()[0])


def client_objects(url: str, _path: Path) -> int:
    """The same issues as objects of the `jira` client. Gives their number."""
    client = JIRA(server=url, basic_auth=(EMAIL, TOKEN), max_retries=0)
    issues = client.enhanced_search_issues(
        "updated >= 1 ORDER BY updated ASC", maxResults=False, fields=list(FIELDS), expand="changelog"
    )
    return len(issues)


def measure(items: int = 10_000, runs_each: int = 3) -> Table:
    """The table: median seconds of each, in turn, and the ratios."""
    configure_logging(SecretMask(), level="WARNING")
    command = [
        sys.executable,
        "-m",
        "connectors.jira.sandbox",
        "--items",
        str(items),
        "--seed",
        "3",
        "--until-input-ends",
    ]
    with tempfile.TemporaryDirectory() as folder:
        sandbox = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            url = (sandbox.stdout or sys.stdin).readline().strip()
            sides: dict[str, Callable[[str, Path], int]] = {"floor": by_hand, "ours": ours, "client": client_objects}
            times: dict[str, list[float]] = {name: [] for name in sides}
            counts: set[int] = set()
            for turn in range(runs_each + 1):
                for name, side in sides.items():
                    path = Path(folder) / f"{name}{turn}.db"
                    prepare(path)
                    with as_a_process_of_ours() if name == "ours" else nullcontext():
                        began = time.perf_counter()
                        counts.add(side(url, path))
                        if turn:  # the first turn warms the sandbox's pages up
                            times[name].append(time.perf_counter() - began)
            if len(counts) != 1:
                raise RuntimeError(f"The sides read different numbers of items: {counts}.")
        finally:
            sandbox.communicate(timeout=30)
    floor, own, client = (median(times[name]) for name in ("floor", "ours", "client"))
    return Table(
        "Ingest of a first Jira sync, SQLite",
        f"{counts.pop():,} items with their histories; medians of {runs_each} runs on {os.cpu_count()} cores.",
        [
            Row("floor: download, decode, insert by hand", f"{floor:.2f} s"),
            Row("ours: every stream", f"{own:.2f} s", f"{floor / own:.0%} of the floor's speed", "at least 65 %"),
            Row(
                "the `jira` client's objects, nothing stored",
                f"{client:.2f} s",
                f"ours is {client / own:.1f} × as fast",
                "at least 3 ×",
            ),
        ],
        "The client reads neither the histories beyond forty nor the worklogs beyond twenty, and stores nothing: the "
        "floor itself is hardly more than three times as fast. What is left between the floor and ours is normalising, "
        "two threads on one interpreter, and the fixed requests of a run.",
    )


if __name__ == "__main__":
    sys.stdout.write(measure(*(int(argument) for argument in sys.argv[1:])).text())
