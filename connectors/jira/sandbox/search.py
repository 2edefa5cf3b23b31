"""Searching, and histories in bulk: the endpoints with pages, tokens and limits."""

import base64
import binascii
import zlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.jira.sandbox.dialect import Dialect
from connectors.jira.sandbox.jql import JqlError, Key, Query, parse, select
from connectors.jira.sandbox.pages import Pages, Want, want
from connectors.jira.sandbox.site import Site
from connectors.kit.organisation import milliseconds
from connectors.kit.sandbox import Refused, Request, Response, json_response
from connectors.kit.sandbox_faults import Fault

TOKEN_LIFETIME = timedelta(days=7)
WITH_FIELDS, IDS_ONLY = 100, 5_000
"""Most issues on a page of Cloud's search."""
DATA_CENTER_PAGE = 1_000
"""Most issues on a page of Data Center's search, unless an administrator says otherwise."""
WINDOW = 10_000
"""How deep Data Center's search can be paged."""
_UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
_SEARCH_KEYS = frozenset(
    {"jql", "nextPageToken", "maxResults", "fields", "expand", "properties", "fieldsByKeys", "reconcileIssues"}
)
_BULK_KEYS = frozenset({"issueIdsOrKeys", "fieldIds", "maxResults", "nextPageToken"})
_FETCH_KEYS = frozenset({"issueIdsOrKeys", "fields", "expand", "fieldsByKeys", "properties"})


class Token(msgspec.Struct, array_like=True):
    """Where a page begins: behind `key`. Bound to the query, and good for seven days."""

    query: int
    issued: int
    serial: int
    key: list[int]


def refuse(status: int, *messages: str) -> Refused:
    """Jira's way of saying no."""
    return Refused(json_response({"errorMessages": messages, "errors": {}}, status))


def body_of(request: Request, allowed: frozenset[str] | None = None) -> dict[str, Any]:
    """The JSON body. Refuses with 400 what is no object or holds an unknown key."""
    try:
        body = msgspec.json.decode(request.body, type=dict[str, Any])
    except msgspec.DecodeError:
        raise refuse(400, "Invalid request payload. Refer to the REST API documentation and try again.") from None
    unknown = body.keys() - allowed if allowed is not None else ()
    if unknown:
        raise refuse(400, f"Invalid request payload: unrecognised field {min(unknown)!r}.")
    return body


def number(value: Any, default: int) -> int:
    """A whole number of a query or body. Refuses with 400 what is none."""
    if value in (None, ""):
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        raise refuse(400, f"The value '{value}' is not a number.") from None


class Search:
    """Answers searches over a site; asked under the server's lock."""

    def __init__(
        self,
        site: Site,
        dialect: Dialect,
        pages: Pages,
        clock: Callable[[], datetime],
        *,
        late_index: timedelta,
        page_cap: int | None,
    ) -> None:
        self._site = site
        self._dialect = dialect
        self._pages = pages
        self._clock = clock
        self._late = late_index // timedelta(milliseconds=1)
        self._page_cap = page_cap
        self._serial = 0
        self._found: OrderedDict[tuple[str, int, int, int], Sequence[Key]] = OrderedDict()

    def _select(self, jql: str, *, bounded: bool, late: bool) -> Sequence[Key]:
        now = self._clock()
        listing = self._site.listing(self._late if late else 0)
        known = (jql, listing.generation, milliseconds(now) // 60_000, int(late))
        found = self._found.get(known)
        if found is None:
            query = self._parsed(jql, late=late)
            if bounded and not query.bounded:
                raise refuse(400, _UNBOUNDED)
            found = self._found[known] = select(query, listing, self._site)
            if len(self._found) > 32:
                self._found.popitem(last=False)
        return found

    def _parsed(self, jql: str, *, late: bool) -> Query:
        listing = self._site.listing(self._late if late else 0)
        try:
            return parse(jql, listing, self._site, self._dialect.zone, self._clock())
        except JqlError as error:
            raise refuse(400, str(error)) from None

    def cloud(self, request: Request) -> Response:
        """`GET` and `POST /search/jql`."""
        if request.method == "POST":
            asked = body_of(request, _SEARCH_KEYS)
        else:
            asked = {name: values[0] for name, values in request.query.items()}
            asked["fields"] = request.query.get("fields", [])
        if len(asked.get("reconcileIssues") or ()) > 50 and request.method == "POST":
            raise refuse(400, "reconcileIssues holds at most 50 issue ids.")
        jql = str(asked.get("jql") or "")
        wanted = want(asked.get("fields") or [], "id", str(asked.get("expand") or ""))
        most = min(IDS_ONLY if wanted.ids_only else WITH_FIELDS, self._page_cap or IDS_ONLY)
        size = number(asked.get("maxResults"), 50)
        if size < 0:
            raise refuse(400, "maxResults must not be negative.")
        size = min(size or 50, most)
        token = self._token(request, jql, str(asked.get("nextPageToken") or ""))
        keys = self._select(jql, bounded=True, late=request.take(Fault.LATE_INDEX))
        start = bisect_right(keys, tuple(token.key)) if token is not None and token.key else 0
        shown = keys[start : start + size]
        following = None
        if start + size < len(keys):
            following = self._written(jql, list(shown[-1]))
        if following is not None and request.take(Fault.DUPLICATE_PAGE):
            following = self._written(jql, token.key if token is not None else [])
        if token is not None and request.take(Fault.REPEATED_TOKEN):
            following = str(asked["nextPageToken"])
        body = b'{"isLast":%s' % (b"true" if following is None else b"false")
        if following is not None:
            body += b',"nextPageToken":"%s"' % following.encode()
        return Response(200, body + b',"issues":[' + self._issues(shown, wanted) + b"]}")

    def data_center(self, request: Request) -> Response:
        """`GET` and `POST /rest/api/2/search`: offsets, a total, a cap that nobody mentions."""
        if request.method == "POST":
            asked = body_of(request)
            fields = asked.get("fields") or []
            expand = asked.get("expand") or []
            expand = ",".join(expand) if isinstance(expand, list) else str(expand)
        else:
            asked = {name: values[0] for name, values in request.query.items()}
            fields, expand = request.query.get("fields", []), request.param("expand")
        start, size = number(asked.get("startAt"), 0), number(asked.get("maxResults"), 50)
        if start < 0 or size < 0:
            raise refuse(400, "startAt and maxResults must not be negative.")
        size = min(size, self._page_cap or DATA_CENTER_PAGE)
        keys = self._select(str(asked.get("jql") or ""), bounded=False, late=request.take(Fault.LATE_INDEX))
        if start + size > WINDOW:
            text = (
                f"Search limit exceeded. The search requests {start + size} results "
                f"which exceeded the search platform limit of {WINDOW}"
            )
            raise refuse(500, text)
        wanted = want(fields, "*navigable", expand)
        head = b'{"expand":"schema,names","startAt":%d,"maxResults":%d,"total":%d' % (start, size, len(keys))
        return Response(200, head + b',"issues":[' + self._issues(keys[start : start + size], wanted) + b"]}")

    def count(self, request: Request) -> Response:
        """`POST /search/approximate-count`."""
        jql = str(body_of(request, frozenset({"jql"})).get("jql") or "")
        return json_response({"count": len(self._select(jql, bounded=True, late=False))})

    def changelogs(self, request: Request) -> Response:
        """`POST /changelog/bulkfetch`: ordered by date, so that the histories of one issue may span pages."""
        asked = body_of(request, _BULK_KEYS)
        names, fields = asked.get("issueIdsOrKeys") or [], frozenset(asked.get("fieldIds") or ())
        if not 1 <= len(names) <= 1000:
            raise refuse(400, "issueIdsOrKeys must hold 1 to 1000 ids or keys.")
        if len(fields) > 10:
            raise refuse(400, "fieldIds must hold at most 10 ids.")
        size = number(asked.get("maxResults"), 1000)
        if not 1 <= size <= 10_000:
            raise refuse(400, "maxResults must be between 1 and 10000.")
        what = ",".join(sorted(map(str, names)))
        token = self._token(request, what, str(asked.get("nextPageToken") or ""))
        start = token.key[0] if token is not None else 0
        issues = list(
            dict.fromkeys(found for name in names if (found := self._site.issue_named(str(name))) is not None)
        )
        if not issues:
            raise refuse(400, "None of these issues exists, or you do not have permission to see them.")
        entries = sorted(
            (at, issue, written)
            for issue in issues
            for at, changed, written in self._pages.histories(issue, "epoch")
            if not fields or changed & fields
        )
        grouped: dict[int, list[bytes]] = {}
        for _, issue, written in entries[start : start + size]:
            grouped.setdefault(issue, []).append(written)
        logs = b",".join(
            b'{"issueId":"%d","changeHistories":[%s]}' % (issue, b",".join(histories))
            for issue, histories in grouped.items()
        )
        following = self._written(what, [start + size]) if start + size < len(entries) else None
        if token is not None and request.take(Fault.REPEATED_TOKEN):
            following = str(asked["nextPageToken"])
        tail = b"" if following is None else b',"nextPageToken":"%s"' % following.encode()
        return Response(200, b'{"issueChangeLogs":[' + logs + b"]" + tail + b"}")

    def issues(self, request: Request) -> Response:
        """`POST /issue/bulkfetch`: by id or key, moved issues included."""
        asked = body_of(request, _FETCH_KEYS)
        names = asked.get("issueIdsOrKeys") or []
        expand = asked.get("expand") or []
        wanted = want(asked.get("fields") or [], "*navigable", ",".join(expand))
        if not 1 <= len(names) <= 100:
            raise refuse(400, "issueIdsOrKeys must hold 1 to 100 ids or keys.")
        found = {str(name): self._site.issue_named(str(name)) for name in names}
        keys = [(issue,) for issue in dict.fromkeys(found.values()) if issue is not None]
        missing = [
            {"id": name, "errorMessage": "Issue does not exist or you do not have permission to see it."}
            for name, issue in found.items()
            if issue is None
        ]
        errors = msgspec.json.encode(missing)
        return Response(200, b'{"issues":[' + self._issues(keys, wanted) + b'],"issueErrors":' + errors + b"}")

    def _issues(self, keys: Sequence[Key], wanted: Want) -> bytes:
        issue, visible = self._pages.issue, self._site.visible
        return b",".join([issue(key[-1], wanted) for key in keys if visible(key[-1])])

    def _written(self, query: str, key: list[int]) -> str:
        self._serial += 1
        token = Token(zlib.crc32(query.encode()), milliseconds(self._clock()), self._serial, key)
        return base64.urlsafe_b64encode(msgspec.json.encode(token)).decode()

    def _token(self, request: Request, query: str, text: str) -> Token | None:
        if not text:
            return None
        try:
            token = msgspec.json.decode(base64.urlsafe_b64decode(text), type=Token)
        except (msgspec.DecodeError, binascii.Error, UnicodeDecodeError):
            raise refuse(400, "The nextPageToken is invalid.") from None
        age = timedelta(milliseconds=milliseconds(self._clock()) - token.issued)
        if token.query != zlib.crc32(query.encode()) or age > TOKEN_LIFETIME or request.take(Fault.EXPIRED_TOKEN):
            raise refuse(400, "The nextPageToken is invalid or has expired.")
        return token
