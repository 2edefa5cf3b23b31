"""Issues of Jira Data Center: slices behind the last id, with their histories inside.

Offsets are no use there: pages shift when data changes and when they come from different nodes, and past
10,000 the search fails.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec

from connectors.jira import jql, raw
from connectors.jira.issues import Found, IssueReader, PageSize
from connectors.kit.errors import ConnectorError, Transient
from connectors.kit.stream import Order, Page, Scope, Since

Row = TypeVar("Row", raw.Id, msgspec.Raw)

_PAGE = 200
_CENSUS_PAGE = 1000
_REFETCH_PAGE = 100


class DataCenterIssues(IssueReader):
    """Reads issues from Jira Data Center."""

    order = Order.NONE

    def _walk(self, scope: Scope, since: Since) -> Iterator[Page]:
        # A resume key that is not ours means reading from the start of the walk: slower, never wrong.
        after = int(since.resume) if since.resume is not None and since.resume.isdecimal() else None
        size = PageSize(_PAGE)
        total: int | None = None
        while True:
            condition = jql.issues_of(scope.external_id, self.site.config.jql, updated_from=since.at, after=after)
            query = f"{condition} ORDER BY id ASC"
            answer = self._search(query, self.fields, size, kind=raw.SearchPage[msgspec.Raw], expand=["changelog"])
            if not answer.issues:
                return
            found = self.decode(answer.issues)
            after = _behind(after, [item.id if isinstance(item, raw.Malformed) else item.issue.id for item in found])
            total = answer.total if total is None else total
            yield self._whole(found, resume=str(after), total=total)
            if answer.total is not None and answer.total <= len(answer.issues):
                return

    def _census(self, scope: Scope) -> Iterator[Sequence[str]]:
        size = PageSize(_CENSUS_PAGE)
        after: int | None = None
        while True:
            condition = jql.issues_of(scope.external_id, self.site.config.jql, after=after)
            answer = self._search(f"{condition} ORDER BY id ASC", ["id"], size, kind=raw.SearchPage[raw.Id])
            if not answer.issues:
                return
            ids = [issue.id for issue in answer.issues]
            after = _behind(after, ids)
            yield ids
            if answer.total is not None and answer.total <= len(ids):
                return

    def count(self, scope: Scope) -> int | None:
        """See `IssueReader`."""
        condition = jql.issues_of(scope.external_id, self.site.config.jql)
        return self._search(condition, ["id"], PageSize(1), kind=raw.SearchPage[raw.Id]).total

    def refetch(self, ids: Sequence[str]) -> Iterator[Page]:
        """The issues with these ids, in whatever project they are now; unknown ids are left out."""
        for start in range(0, len(ids), _REFETCH_PAGE):
            yield self._whole(self._with_ids(list(ids[start : start + _REFETCH_PAGE])))

    def _with_ids(self, ids: list[str]) -> list[Found]:
        """One search where Jira knows all the ids; it refuses the whole search for one that it does not know."""
        if len(ids) == 1 and not self._exists(ids[0]):
            return []
        query = f"{jql.with_ids(ids, self.site.config.jql)} ORDER BY id ASC"
        kind = raw.SearchPage[msgspec.Raw]
        try:
            answer = self._search(query, self.fields, PageSize(len(ids)), kind=kind, expand=["changelog"])
        except ConnectorError as error:
            if error.status != 400 or len(ids) == 1:
                raise
            middle = len(ids) // 2
            return self._with_ids(ids[:middle]) + self._with_ids(ids[middle:])
        if answer.total is not None and answer.total > len(answer.issues):
            if len(ids) == 1:
                raise _in_circles()
            middle = len(ids) // 2  # the site's own page size is smaller than what we asked for
            return self._with_ids(ids[:middle]) + self._with_ids(ids[middle:])
        return self.decode(answer.issues)

    def _exists(self, issue_id: str) -> bool:
        try:
            self.site.get(f"/issue/{issue_id}", {"fields": "updated"}, kind=raw.Id)
        except ConnectorError as error:
            if error.status == 404:
                return False
            raise
        return True

    def _whole(self, found: list[Found], *, resume: str | None = None, total: int | None = None) -> Page:
        for item in found:
            if isinstance(item, raw.Item):
                self._add_histories(item)
        return self.page(found, resume=resume, total=total)

    def _add_histories(self, item: raw.Item) -> None:
        log = item.issue.changelog
        if log is None or log.total > len(log.histories):
            log = self._changelog(item.issue.id) or log
        if log is None or log.total > len(log.histories):
            item.problem = "Jira sent only a part of the issue's history."
        if log is not None:
            item.histories = list({history.id: history for history in log.histories}.values())

    def _changelog(self, issue_id: str) -> raw.Changelog | None:
        params = {"expand": "changelog", "fields": "updated"}
        try:
            return self.site.get(f"/issue/{issue_id}", params, kind=raw.Issue).changelog
        except ConnectorError as error:
            if error.status == 404:
                return None
            raise

    def _search(
        self,
        query: str,
        fields: list[str],
        size: PageSize,
        *,
        kind: type[raw.SearchPage[Row]],
        expand: Sequence[str] = (),
    ) -> raw.SearchPage[Row]:
        body: dict[str, object] = {"jql": query, "startAt": 0, "fields": fields}
        if expand:
            body["expand"] = list(expand)
        path = f"{self.site.api}/search"
        try:
            return size.ask(lambda rows: self.site.http.post_json(path, {**body, "maxResults": rows}, type=kind))
        except ConnectorError as error:
            raise self.refused_query(error) from error


def _behind(after: int | None, ids: Sequence[str | None]) -> int:
    """The greatest id of a slice. Raises Transient if that is no progress."""
    greatest = max((int(one) for one in ids if one is not None), default=-1)
    if greatest <= (-1 if after is None else after):
        raise _in_circles()
    return greatest


def _in_circles() -> Transient:
    return Transient("Jira repeats a slice of issues.", "Nothing needs to be done: the next run tries again.")
