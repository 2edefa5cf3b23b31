"""What reading issues has in common on Cloud and Data Center: decoding, page sizes, comments and worklogs."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar

import msgspec

from connectors.jira import raw
from connectors.jira.api import Site
from connectors.kit.errors import ConfigError, ConnectorError, RateLimited, Transient
from connectors.kit.http import Params
from connectors.kit.paging import by_offset
from connectors.kit.stream import Page, Scope, Since

T = TypeVar("T")

Found = raw.Item | raw.Malformed

_SMALLEST_PAGE = 20


class PageSize:
    """How many issues to ask for: fewer after a failure, for a page may be too heavy for the site."""

    def __init__(self, size: int) -> None:
        self._size = size

    def ask(self, fetch: Callable[[int], T]) -> T:
        """What `fetch` gives for the present size. Raises its error once pages cannot get smaller."""
        while True:
            try:
                return fetch(self._size)
            except RateLimited:
                raise
            except Transient:
                if self._size <= _SMALLEST_PAGE:
                    raise
                self._size = max(_SMALLEST_PAGE, self._size // 5)


class IssueReader(ABC):
    """Base of both readers."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def walk(self, scope: Scope, since: Since) -> Iterator[Page]:
        """The issues of a project that changed at or after `since.at`, behind `since.resume`, in our `order`."""
        return self._in_sight(scope, lambda: self._walk(scope, since))

    def census(self, scope: Scope) -> Iterator[Sequence[str]]:
        """The ids of all issues of a project."""
        return self._in_sight(scope, lambda: self._census(scope))

    @abstractmethod
    def count(self, scope: Scope) -> int | None:
        """How many issues a scope holds within the source's restriction; None where Jira does not tell us."""

    @abstractmethod
    def _walk(self, scope: Scope, since: Since) -> Iterator[Page]: ...

    @abstractmethod
    def _census(self, scope: Scope) -> Iterator[Sequence[str]]: ...

    def _in_sight(self, scope: Scope, read: Callable[[], Iterator[T]]) -> Iterator[T]:
        """What is read of a project. Raises ConfigError if it cannot be seen, now or any more."""
        self.site.require(scope)
        try:
            yield from read()
        except ConnectorError as error:
            if error.status == 400 and not self.site.sees(scope.external_id):
                raise ConfigError(
                    "The project is gone, or these credentials may no longer see it.",
                    "Let the account browse the project, or take it out of the source.",
                ) from error
            raise

    @cached_property
    def fields(self) -> list[str]:
        """The fields to ask for, by name."""
        return [*raw.FIELDS, *self.site.points_fields]

    @cached_property
    def _issues(self) -> "msgspec.json.Decoder[raw.Issue]":
        return msgspec.json.Decoder(raw.issue_type(self.site.points_fields))

    def decode(self, contents: Iterable[msgspec.Raw]) -> list[Found]:
        """The issues of an answer, each by itself, so that a malformed one does not spoil its neighbours.

        An issue that an answer holds twice is given once, as it came last.
        """
        found: dict[str, Found] = {}
        for content in contents:
            try:
                issue = self._issues.decode(content)
            except msgspec.ValidationError as error:
                id_ = _id_of(content)
                reason = f"The issue is malformed: {error}"
                found[id_ or f"no id {len(found)}"] = raw.Malformed(reason=reason, id=id_, content=content)
            else:
                found[issue.id] = raw.Item(issue=issue)
        return list(found.values())

    def page(self, found: list[Found], *, resume: str | None = None, total: int | None = None) -> Page:
        """Issues that are whole, as a page."""
        for item in found:
            if isinstance(item, raw.Item):
                self._add_remarks(item)
        return Page(found, high=_latest(found), resume=resume, total=total)

    def _add_remarks(self, item: raw.Item) -> None:
        comments, worklogs = item.issue.fields.comment, item.issue.fields.worklog
        if comments is not None:
            item.comments = comments.comments
            if comments.total > len(comments.comments):
                item.comments = self._all_comments(item.issue.id)
        if worklogs is not None:
            item.worklogs = worklogs.worklogs
            if worklogs.total > len(worklogs.worklogs):
                item.worklogs = self._all_worklogs(item.issue.id)

    def _all_comments(self, issue_id: str) -> list[raw.Remark]:
        pages = by_offset(
            lambda offset: self._of_issue(
                issue_id, "comment", {"startAt": offset, "maxResults": 100}, raw.Comments, raw.Comments()
            ),
            items=lambda page: page.comments,
            last=lambda page, read: read >= page.total,
        )
        return _once(comment for page in pages for comment in page.comments)

    def _all_worklogs(self, issue_id: str) -> list[raw.Remark]:
        if not self.site.cloud:
            # Data Center does not page worklogs, and knows no parameters for it.
            return self._of_issue(issue_id, "worklog", {}, raw.Worklogs, raw.Worklogs()).worklogs
        pages = by_offset(
            lambda offset: self._of_issue(
                issue_id, "worklog", {"startAt": offset, "maxResults": 1000}, raw.Worklogs, raw.Worklogs()
            ),
            items=lambda page: page.worklogs,
            last=lambda page, read: read >= page.total,
        )
        return _once(worklog for page in pages for worklog in page.worklogs)

    def _of_issue(self, issue_id: str, part: str, params: Params, kind: type[T], gone: T) -> T:
        """A part of an issue; `gone` if the issue was deleted while we read (the census will tell)."""
        try:
            return self.site.get(f"/issue/{issue_id}/{part}", params, kind=kind)
        except ConnectorError as error:
            if error.status == 404:
                return gone
            raise

    def refused_query(self, error: ConnectorError) -> ConnectorError:
        """What a 400 to a search means: our own query is right, so it is the admin's restriction."""
        if error.status == 400 and self.site.config.jql:
            refusal = ConfigError(
                "Jira refuses the JQL restriction of this source.", "Correct it; Jira's own search shows why."
            )
            refusal.status = 400
            return refusal
        return error


def _id_of(content: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(content, type=raw.Id).id
    except msgspec.ValidationError:
        return None


def _once(remarks: Iterable[raw.Remark]) -> list[raw.Remark]:
    return list({remark.id: remark for remark in remarks}.values())


def _latest(found: Sequence[Found]) -> datetime | None:
    moments = (raw.moment(item.issue.fields.updated) for item in found if isinstance(item, raw.Item))
    return max((moment for moment in moments if moment is not None), default=None)
