"""The two Jiras to try a connector on: a generated one that lives, and a recorded one."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from connectors.jira.sandbox.dialect import Deployment, Dialect
from connectors.jira.sandbox.gate import Keys
from connectors.jira.sandbox.generated import GeneratedSite
from connectors.jira.sandbox.replay import ReplaySite
from connectors.jira.sandbox.server import JiraServer
from connectors.jira.sandbox.truth import Known, truth
from connectors.kit.organisation import Organisation, milliseconds
from connectors.kit.records import Record


class JiraSandbox(JiraServer):
    """A generated organisation as a Jira site. Serve it with `connectors.kit.sandbox.serving`.

    What is visible follows `clock`. `page_cap` is an unspoken limit of issues on a page, below the usual ones;
    `late_index` is how old the search index is for a request that meets that fault.
    """

    def __init__(
        self,
        organisation: Organisation,
        *,
        clock: Callable[[], datetime],
        deployment: Deployment = "cloud",
        keys: Keys | None = None,
        context_path: str = "",
        time_zone: str = "Europe/Paris",
        late_index: timedelta = timedelta(minutes=2),
        page_cap: int | None = None,
    ) -> None:
        self.organisation = organisation
        self._generated: GeneratedSite

        def site(dialect: Dialect) -> GeneratedSite:
            self._generated = GeneratedSite(organisation, dialect)
            return self._generated

        super().__init__(
            site,
            clock=clock,
            deployment=deployment,
            keys=keys or Keys(),
            context_path=context_path,
            time_zone=time_zone,
            late_index=late_index,
            page_cap=page_cap,
        )

    def hide_project(self, key: str, last_seen: datetime | None = None) -> None:
        """The token loses the permission to see a project.

        `last_seen` is when the source was last read before that (None: just now); the truth keeps the
        project's items as they were then. Raises KeyError if there is no project with that key.
        """
        project = self._project_id(key)
        with self._lock:
            self._generated.hidden.setdefault(project, milliseconds(last_seen or self.clock()))

    def show_project(self, key: str) -> None:
        """The token may see the project again. Raises KeyError if there is none with that key."""
        project = self._project_id(key)
        with self._lock:
            self._generated.hidden.pop(project, None)

    def truth(
        self,
        now: datetime | None = None,
        *,
        first_sync: datetime | None = None,
        automation_accounts: Iterable[str] = (),
        browse_url: str | None = None,
    ) -> dict[str, list[Record]]:
        """What a perfect sync at `now` (the clock's instant, if None) leaves in the store, by record type.

        `first_sync` is when the source was read for the first time (None: now): a store keeps the statuses
        that Jira has listed since. `browse_url` is the address that links begin with, where it is not the
        site's own. Items of a hidden project are as they were when it was last seen.
        """
        at = milliseconds(now or self.clock())
        with self._lock:
            hidden = dict(self._generated.hidden)
        return truth(
            self.organisation,
            replace(self._dialect, base=browse_url or self.url),
            Known(
                now=at,
                first=at if first_sync is None else milliseconds(first_sync),
                hidden=hidden,
                bots=frozenset(name.casefold() for name in automation_accounts),
            ),
        )

    def _project_id(self, key: str) -> str:
        for one in self.organisation.projects.values():
            if one.key == key:
                return one.id
        raise KeyError(key)


class ReplaySandbox(JiraServer):
    """Recorded issues as a Jira Cloud site; every folder is a state, and the first one is shown.

    A folder holds `sample_statuses.json` and `SP-*.json`, beside it or in `sample_issues/`.
    """

    def __init__(self, folders: Sequence[Path], *, clock: Callable[[], datetime], keys: Keys | None = None) -> None:
        self._folders = tuple(folders)
        self._shown = itertools.count(1)
        super().__init__(
            lambda dialect: ReplaySite(self._folders[0], dialect, 0),
            clock=clock,
            deployment="cloud",
            keys=keys or Keys(),
            context_path="",
            time_zone="UTC",
            late_index=timedelta(0),
            page_cap=None,
        )

    def show(self, state: int) -> None:
        """Switches to that state, counted from 0."""
        self._use(ReplaySite(self._folders[state], self._dialect, next(self._shown)))
