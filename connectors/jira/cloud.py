"""Issues of Jira Cloud: token pages in the order of `updated`, histories from their own endpoint."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec

from connectors.jira import jql, raw
from connectors.jira.api import was_refused
from connectors.jira.issues import Found, IssueReader, PageSize
from connectors.kit.errors import ConnectorError, Transient
from connectors.kit.paging import by_offset, by_token
from connectors.kit.stream import Order, Page, Scope, Since

Row = TypeVar("Row", raw.Id, msgspec.Raw)

_PAGE = 500
"""Jira sends fewer where it wants to; with ids alone it sends up to 5,000."""
_CENSUS_PAGE = 5000
_REFETCH_PAGE = 100
_HISTORIES_PAGE = 10_000
_NO_BULK = (403, 404, 405, 410)

_HISTORIES = msgspec.json.Decoder(list[raw.History])


class CloudIssues(IssueReader):
    """Reads issues from Jira Cloud."""

    order = Order.CURSOR
    _bulk_histories = True

    def _walk(self, scope: Scope, since: Since) -> Iterator[Page]:
        condition = jql.issues_of(scope.external_id, self.site.config.jql, updated_from=since.at)
        total = self._count(condition)
        size = PageSize(_PAGE)
        query = f"{condition} ORDER BY updated ASC, id ASC"
        for answer in self._search(query, self.fields, size, kind=raw.SearchPage[msgspec.Raw]):
            yield self._whole(self.decode(answer.issues), total=total)
            total = None

    def _census(self, scope: Scope) -> Iterator[Sequence[str]]:
        query = f"{jql.issues_of(scope.external_id, self.site.config.jql)} ORDER BY id ASC"
        for answer in self._search(query, ["id"], PageSize(_CENSUS_PAGE), kind=raw.SearchPage[raw.Id]):
            yield [issue.id for issue in answer.issues]

    def refetch(self, ids: Sequence[str]) -> Iterator[Page]:
        """The issues with these ids, in whatever project they are now; unknown ids are left out."""
        for start in range(0, len(ids), _REFETCH_PAGE):
            some = list(ids[start : start + _REFETCH_PAGE])
            body = {"issueIdsOrKeys": some, "fields": self.fields}
            answer = self.site.http.post_json(f"{self.site.api}/issue/bulkfetch", body, type=raw.BulkIssues)
            found = self.decode(answer.issues)
            if self.site.config.jql and found:
                found = self._within_restriction(found)
            yield self._whole(found)

    def _within_restriction(self, found: list[Found]) -> list[Found]:
        """Those that the source's restriction still includes; the bulk endpoint does not know it."""
        items = [item for item in found if isinstance(item, raw.Item)]
        if not items:
            return found
        query = jql.with_ids([item.issue.id for item in items], self.site.config.jql)
        pages = self._search(query, ["id"], PageSize(_CENSUS_PAGE), kind=raw.SearchPage[raw.Id])
        included = {issue.id for page in pages for issue in page.issues}
        return [item for item in found if isinstance(item, raw.Malformed) or item.issue.id in included]

    def _whole(self, found: list[Found], total: int | None = None) -> Page:
        self._add_histories([item for item in found if isinstance(item, raw.Item)])
        return self.page(found, total=total)

    def count(self, scope: Scope) -> int | None:
        """See `IssueReader`; approximate, as Jira says."""
        return self._count(jql.issues_of(scope.external_id, self.site.config.jql))

    def _count(self, condition: str) -> int | None:
        path = f"{self.site.api}/search/approximate-count"
        try:
            return self.site.http.post_json(path, {"jql": condition}, type=raw.Count).count
        except ConnectorError as error:
            if was_refused(error):
                return None  # it serves the progress bar only
            raise

    def _search(
        self, query: str, fields: list[str], size: PageSize, *, kind: type[raw.SearchPage[Row]]
    ) -> Iterator[raw.SearchPage[Row]]:
        path = f"{self.site.api}/search/jql"

        def fetch(token: str | None) -> raw.SearchPage[Row]:
            body: dict[str, object] = {"jql": query, "fields": fields}
            if token is not None:
                body["nextPageToken"] = token
            try:
                return size.ask(lambda rows: self.site.http.post_json(path, {**body, "maxResults": rows}, type=kind))
            except ConnectorError as error:
                if error.status == 400 and token is not None:
                    raise Transient(
                        "Jira no longer accepts the page token of this walk.",
                        "Nothing needs to be done: the next run goes on from the last page.",
                    ) from error
                raise self.refused_query(error) from error

        return by_token(
            fetch,
            token=lambda page: page.next_page_token,
            items=lambda page: page.issues,
            what="issues",
        )

    # -- histories ----------------------------------------------------------------------------------------

    def _add_histories(self, items: list[raw.Item]) -> None:
        """All histories of the issues of a page, never those inside the issue: these stop at forty."""
        if not items:
            return
        if self._bulk_histories:
            try:
                self._add_bulk_histories(items)
            except ConnectorError as error:
                # A 400 is about these issues (one was deleted just now), the others about the endpoint.
                if error.status not in (400, *_NO_BULK):
                    raise
                self._bulk_histories = error.status == 400
            else:
                return
        for item in items:
            item.histories = self._histories_of(item.issue.id)

    def _add_bulk_histories(self, items: list[raw.Item]) -> None:
        body = {"issueIdsOrKeys": [item.issue.id for item in items], "maxResults": _HISTORIES_PAGE}
        path = f"{self.site.api}/changelog/bulkfetch"
        pages = by_token(
            lambda token: self.site.http.post_json(
                path, body if token is None else {**body, "nextPageToken": token}, type=raw.HistoriesPage
            ),
            token=lambda page: page.next_page_token,
            items=lambda page: page.issue_change_logs,
            what="histories",
        )
        merged: defaultdict[str, dict[str, raw.History]] = defaultdict(dict)
        problems: dict[str, str] = {}
        for page in pages:
            for part in page.issue_change_logs:
                try:
                    merged[part.issue_id].update((one.id, one) for one in _HISTORIES.decode(part.change_histories))
                except msgspec.ValidationError as error:
                    problems[part.issue_id] = f"A history is malformed: {error}"
        for item in items:
            item.histories = list(merged[item.issue.id].values())
            item.problem = problems.get(item.issue.id)

    def _histories_of(self, issue_id: str) -> list[raw.History]:
        pages = by_offset(
            lambda offset: self._of_issue(
                issue_id,
                "changelog",
                {"startAt": offset, "maxResults": 100},
                raw.Values[raw.History],
                raw.Values[raw.History](values=[], is_last=True),
            ),
            items=lambda page: page.values,
            last=raw.Values.ends,
        )
        return list({history.id: history for page in pages for history in page.values}.values())
