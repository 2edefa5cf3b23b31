"""JQL as far as a reader needs it: comparisons, lists, AND, OR, NOT, parentheses, ORDER BY.

A query is parsed into a filter, and into bounds that let the index skip what cannot match.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from connectors.kit.organisation import Ms, milliseconds

MAX_ORDER_FIELDS = 7
"""Cloud answers 400 to an eighth field to order by."""

Key = tuple[int, ...]
"""What an issue is ordered by; its id stands last."""
Test = Callable[[int], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign>!=|>=|<=|[=<>~(),])|(?P<word>[^\s=<>!~(),"']+))"""
)
_RELATIVE = re.compile(r"([+-]?\d+)([wdhm])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_ID_NAMES = frozenset({"id", "issue", "issuekey", "key"})
_TEXT_FIELDS = {
    "issuetype": "issuetype",
    "type": "issuetype",
    "status": "status",
    "statuscategory": "statuscategory",
    "resolution": "resolution",
    "priority": "priority",
    "assignee": "assignee",
    "labels": "labels",
}


class JqlError(ValueError):
    """A query that Jira would refuse; the text is Jira's."""


class Listing(Protocol):
    """What the index holds at an instant."""

    generation: int
    places: dict[int, tuple[str, Ms]]
    ids: dict[str, list[int]]
    updates: dict[str, list[tuple[Ms, int]]]


class Vocabulary(Protocol):
    """What the site knows about names."""

    def project_named(self, name: str) -> str | None:
        """The id of a visible project, by id, key or name."""

    def issue_named(self, name: str) -> int | None:
        """The id of a visible issue, by id or any key that it has borne."""

    def created(self, issue: int) -> Ms:
        """When the issue was created."""

    def rank(self, issue: int) -> tuple[int, int]:
        """Where its key stands: project, number."""

    def terms(self, issue: int, name: str) -> Sequence[str]:
        """The values of a text field as JQL may name them, in lower case."""


@dataclass(slots=True)
class Query:
    """A parsed query. The bounds are implied by `tests` or stand for conditions left out of it."""

    projects: set[str] | None = None
    since: Ms | None = None
    after: int | None = None
    ids: set[int] | None = None
    tests: list[Test] = field(default_factory=list)
    order: tuple[tuple[str, bool], ...] = ()
    """(field, descending)."""
    bounded: bool = False


@dataclass(slots=True)
class _Scope:
    listing: Listing
    words: Vocabulary
    zone: ZoneInfo
    now: datetime


def parse(text: str, listing: Listing, words: Vocabulary, zone: ZoneInfo, now: datetime) -> Query:
    """The query. Date strings are read in `zone`, as Jira reads them in that of the account's profile.

    Raises JqlError for what Jira would refuse.
    """
    return _Parser(text, _Scope(listing, words, zone, now)).query()


def select(query: Query, listing: Listing, words: Vocabulary) -> Sequence[Key]:
    """The matching issues, in order, each as its key."""
    projects = listing.ids.keys() if query.projects is None else query.projects & listing.ids.keys()
    names = [name for name, _ in query.order]
    natural = names in (["updated", "id"], ["updated"]) and not any(down for _, down in query.order)
    if natural and query.ids is None:
        found: list[Key] = []
        for project in projects:
            updates = listing.updates[project]
            found += updates[bisect_left(updates, (query.since or 0, -1)) :]
        if query.after is not None:
            found = [key for key in found if key[1] > query.after]
        if query.tests:
            found = [key for key in found if all(test(key[1]) for test in query.tests)]
        return found if len(projects) == 1 else sorted(found)
    ids: list[int] = []
    for project in projects:
        own = listing.ids[project]
        if query.ids is None:
            ids += own[bisect_right(own, query.after) :] if query.after is not None else own
        else:
            ids += [issue for issue in query.ids if listing.places.get(issue, ("", 0))[0] == project]
    if query.ids is not None and query.after is not None:
        ids = [issue for issue in ids if issue > query.after]
    if query.since is not None:
        ids = [issue for issue in ids if listing.places[issue][1] >= query.since]
    if query.tests:
        ids = [issue for issue in ids if all(test(issue) for test in query.tests)]
    if names == ["id"] and not query.order[0][1]:
        return [(issue,) for issue in sorted(ids)]
    return sorted(_key(issue, query.order, listing, words) for issue in ids)


def _key(issue: int, order: Sequence[tuple[str, bool]], listing: Listing, words: Vocabulary) -> Key:
    parts: list[int] = []
    for name, down in order:
        values: tuple[int, ...]
        if name == "updated":
            values = (listing.places[issue][1],)
        elif name == "created":
            values = (words.created(issue),)
        elif name == "key":
            values = words.rank(issue)
        else:
            values = (issue,)
        parts += (-value for value in values) if down else values
    return (*parts, issue)


class _Parser:
    def __init__(self, text: str, scope: _Scope) -> None:
        self._scope = scope
        self._tokens: list[tuple[str, bool]] = []
        """(text, quoted)."""
        position, text = 0, text.strip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise JqlError(f"Error in the JQL Query: unexpected character at {position + 1}.")
            position = match.end()
            quoted = match["text"]
            if quoted is not None:
                self._tokens.append((re.sub(r"\\(.)", r"\1", quoted[1:-1]), True))
            else:
                self._tokens.append((match["sign"] or match["word"], False))
        self._next = 0

    def query(self) -> Query:
        query = Query()
        if self._tokens and not self._is("order"):
            query.bounded = True
            if not self._conjunction(query):
                self._next = 0
                query = Query(bounded=True, tests=[self._either()])
        if self._is("order"):
            query.order = self._order()
        if self._next < len(self._tokens):
            raise JqlError(f"Error in the JQL Query: '{self._tokens[self._next][0]}' was not expected.")
        return query

    def _conjunction(self, query: Query) -> bool:
        """Reads clauses joined by AND, bounds first; False if an OR stands among them."""
        while True:
            if not self._bound(query):
                query.tests.append(self._single())
            if not self._accept("and"):
                return not self._is("or")

    def _bound(self, query: Query) -> bool:
        """Takes a clause into the bounds if it is one of the plain ones."""
        start, scope = self._next, self._scope
        name, operator = self._peek().lower(), self._peek(1)
        if name == "project" and operator == "=" and query.projects is None:
            self._next += 2
            query.projects = {self._project(self._value())}
            return True
        if name == "project" and operator.lower() == "in" and query.projects is None:
            self._next += 2
            query.projects = {self._project(value) for value in self._values()}
            return True
        if name == "updated" and operator == ">=" and query.since is None:
            self._next += 2
            query.since = _moment(self._value(), scope)
            return True
        if name in _ID_NAMES and operator == ">" and query.after is None:
            self._next += 2
            query.after = self._issue(self._value())
            return True
        if name in _ID_NAMES and operator.lower() == "in" and query.ids is None:
            self._next += 2
            query.ids = {self._known_issue(value) for value in self._values()}
            return True
        self._next = start
        return False

    def _either(self) -> Test:
        tests = [self._every()]
        while self._accept("or"):
            tests.append(self._every())
        return tests[0] if len(tests) == 1 else lambda issue: any(test(issue) for test in tests)

    def _every(self) -> Test:
        tests = [self._single()]
        while self._accept("and"):
            tests.append(self._single())
        return tests[0] if len(tests) == 1 else lambda issue: all(test(issue) for test in tests)

    def _single(self) -> Test:
        if self._accept("not"):
            test = self._single()
            return lambda issue: not test(issue)
        if self._accept("("):
            inner = self._either()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Test:
        name = self._value().lower()
        places, words = self._scope.listing.places, self._scope.words
        operator = self._take().lower()
        negated = operator == "!="
        if operator == "not":
            self._expect("in")
            operator, negated = "in", True
        if operator == "is":
            negated = self._accept("not")
            self._expect("empty")
            if name not in _TEXT_FIELDS:
                raise JqlError(f"The operator 'is' is not supported by the '{name}' field.")
            return lambda issue: bool(words.terms(issue, _TEXT_FIELDS[name])) == negated
        values = self._values() if operator == "in" else [self._value()]
        if name in ("updated", "created"):
            read = (lambda issue: places[issue][1]) if name == "updated" else words.created
            return _compared(read, operator, _moment(values[0], self._scope))
        if name in _ID_NAMES and operator in ("<", "<=", ">", ">="):
            return _compared(lambda issue: issue, operator, self._issue(values[0]))
        if operator not in ("=", "!=", "in"):
            raise JqlError(f"The operator '{operator}' is not supported by the '{name}' field.")
        if name in _ID_NAMES:
            issues = {self._known_issue(value) for value in values}
            return lambda issue: (issue in issues) != negated
        if name == "project":
            projects = {self._project(value) for value in values}
            return lambda issue: (places[issue][0] in projects) != negated
        if name not in _TEXT_FIELDS:
            raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")
        wanted = {value.lower() for value in values}
        text = _TEXT_FIELDS[name]
        return lambda issue: any(term in wanted for term in words.terms(issue, text)) != negated

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._expect("order")
        self._expect("by")
        order: list[tuple[str, bool]] = []
        while True:
            name = self._take().lower()
            if name in ("issuekey", "issue"):
                name = "key"
            if name not in ("updated", "created", "id", "key"):
                raise JqlError(f"Not able to sort using field '{name}'.")
            down = self._accept("desc")
            if not down:
                self._accept("asc")
            order.append((name, down))
            if not self._accept(","):
                break
        if len(order) > MAX_ORDER_FIELDS:
            raise JqlError(f"The maximum number of fields to order by is {MAX_ORDER_FIELDS}.")
        return tuple(order)

    def _project(self, name: str) -> str:
        found = self._scope.words.project_named(name)
        if found is None:
            raise JqlError(f"The value '{name}' does not exist for the field 'project'.")
        return found

    def _issue(self, name: str) -> int:
        """An issue to compare with: a number need not be the id of any."""
        return int(name) if name.isdigit() else self._known_issue(name)

    def _known_issue(self, name: str) -> int:
        """An issue that is named: one unknown name spoils the whole query."""
        found = self._scope.words.issue_named(name)
        if found is None:
            raise JqlError(f"An issue with key '{name}' does not exist for field 'key'.")
        return found

    def _values(self) -> list[str]:
        self._expect("(")
        values = [self._value()]
        while self._accept(","):
            values.append(self._value())
        self._expect(")")
        return values

    def _value(self) -> str:
        value, quoted = self._tokens[self._next] if self._next < len(self._tokens) else ("", False)
        if not quoted and (not value or value in "()=<>!~,"):
            raise JqlError("Error in the JQL Query: a value was expected.")
        self._next += 1
        return value

    def _take(self) -> str:
        value = self._peek()
        if not value:
            raise JqlError("Error in the JQL Query: it ends too early.")
        self._next += 1
        return value

    def _peek(self, ahead: int = 0) -> str:
        position = self._next + ahead
        return self._tokens[position][0] if position < len(self._tokens) else ""

    def _is(self, word: str) -> bool:
        return self._next < len(self._tokens) and (
            not self._tokens[self._next][1] and self._tokens[self._next][0].lower() == word
        )

    def _accept(self, word: str) -> bool:
        if self._is(word):
            self._next += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise JqlError(f"Error in the JQL Query: '{word}' was expected.")


def _compared(read: Callable[[int], int], operator: str, bound: int) -> Test:
    if operator == ">=":
        return lambda issue: read(issue) >= bound
    if operator == ">":
        return lambda issue: read(issue) > bound
    if operator == "<=":
        return lambda issue: read(issue) <= bound
    if operator == "<":
        return lambda issue: read(issue) < bound
    raise JqlError(f"The operator '{operator}' is not supported for dates and ids.")


def _moment(text: str, scope: _Scope) -> Ms:
    if text.isdigit():
        return int(text)
    relative = _RELATIVE.fullmatch(text)
    if relative is not None:
        return milliseconds(scope.now + timedelta(**{_UNITS[relative[2]]: int(relative[1])}))
    for form in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"):
        try:
            return milliseconds(datetime.strptime(text, form).replace(tzinfo=scope.zone))
        except ValueError:
            continue
    raise JqlError(f"Date value '{text}' is invalid. Valid formats include: 'yyyy-MM-dd HH:mm', '-5d'.")
