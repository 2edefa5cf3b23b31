"""What recorded Jira issues say, computed slowly from their raw JSON: no line of the product is used here."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

STARTED = "indeterminate"
DONE = "done"


@dataclass(frozen=True)
class Move:
    """A move between two statuses; `id` is the history's id and the item's place in it."""

    id: str
    at: datetime
    before: str
    after: str


@dataclass(frozen=True)
class Stay:
    """An uninterrupted time in one status; the last one has no end."""

    status: str
    category: str
    start: datetime
    end: datetime | None


@dataclass
class Issue:
    """One issue, and what follows from its history."""

    id: str
    key: str
    status: str
    created: datetime
    resolved: datetime | None
    moves: list[Move]
    histories: int
    names: dict[str, str]
    stays: list[Stay] = field(default_factory=list)
    started: datetime | None = None
    finished: datetime | None = None
    durations: dict[str, float | None] = field(default_factory=dict)

    def path(self) -> list[str]:
        """The names of the statuses that it moved to."""
        return [self.names[move.after] for move in self.moves]


@dataclass
class Numbers:
    """Answers over all time."""

    totals: dict[str, dict[str, float | None]]
    facts: dict[str, dict[str, float]]
    time_in_status: dict[str, dict[str, float]]


def read_issues(folder: Path, otherwise: Mapping[str, str] | None = None) -> dict[str, Issue]:
    """The issues of a state, by key; `otherwise` are categories that stand above the site's, by status."""
    listed = json.loads((folder / "sample_statuses.json").read_text("utf-8"))
    categories = {one["id"]: one["statusCategory"]["key"] for one in listed} | dict(otherwise or {})
    names = {one["id"]: one["name"] for one in listed}
    found: dict[str, Issue] = {}
    for path in sorted(folder.rglob("SP-*.json")):
        issue = _issue(json.loads(path.read_text("utf-8")), names)
        _live(issue, categories)
        found[issue.key] = issue
    return found


def _issue(raw: Mapping[str, Any], names: dict[str, str]) -> Issue:
    fields = raw["fields"]
    if fields["resolution"] is not None and fields["resolution"]["name"] != "Done":
        raise SystemExit(f"{raw['key']} was not resolved by being done: this computation does not know what it is.")
    moves: list[Move] = []
    for history in raw["changelog"]["histories"]:
        for place, item in enumerate(history["items"]):
            if item["field"] == "status":
                at = _instant(history["created"])
                moves.append(Move(f"{history['id']}:{place}", at, item["from"], item["to"]))
    moves.sort(key=lambda move: move.at)
    resolved = fields["resolutiondate"]
    return Issue(
        id=raw["id"],
        key=raw["key"],
        status=fields["status"]["id"],
        created=_instant(fields["created"]),
        resolved=None if resolved is None else _instant(resolved),
        moves=moves,
        histories=len(raw["changelog"]["histories"]),
        names=names,
    )


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def _live(issue: Issue, categories: Mapping[str, str]) -> None:
    """Walk through its life once, from its creation to now."""
    status, since = (issue.moves[0].before if issue.moves else issue.status), issue.created
    for move in issue.moves:
        if move.before != status:
            raise SystemExit(f"{issue.key}: its history has a gap before {move.at}.")
        issue.stays.append(Stay(status, categories[status], since, move.at))
        status, since = move.after, move.at
    if status != issue.status:
        raise SystemExit(f"{issue.key}: its history does not lead to its status.")
    issue.stays.append(Stay(status, categories[status], since, None))

    for stay in issue.stays:
        if stay.category == STARTED and issue.started is None:
            issue.started = stay.start
    for stay in reversed(issue.stays):
        if stay.category != DONE:
            break
        issue.finished = stay.start

    active = None
    if issue.started is not None and issue.finished is not None:
        active = 0.0
        for stay in issue.stays:
            if stay.category == STARTED and stay.start < issue.finished:
                assert stay.end is not None
                active += (stay.end - stay.start).total_seconds()
    issue.durations = {
        "lead_time": _seconds(issue.created, issue.finished),
        "cycle_time": _seconds(issue.started, issue.finished),
        "reaction_time": _seconds(issue.created, issue.started),
        "active_time": active,
    }


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()


def expected_numbers(issues: Mapping[str, Issue]) -> Numbers:
    """The metrics of these issues over all time, issue by issue."""
    facts: dict[str, dict[str, float]] = defaultdict(dict)
    for issue in issues.values():
        for name, value in issue.durations.items():
            if value is not None:
                facts[name][issue.key] = value
    totals: dict[str, dict[str, float | None]] = {}
    for name in ("lead_time", "cycle_time", "reaction_time", "active_time"):
        values = sorted(facts[name].values())
        totals[name] = {"n": len(values)}
        for measure, share in (("p50", 0.5), ("p75", 0.75), ("p85", 0.85), ("p95", 0.95)):
            totals[name][measure] = _percentile(values, share)
        totals[name]["mean"] = sum(values) / len(values) if values else None
    finished = [issue for issue in issues.values() if issue.finished is not None]
    reopened = [issue for issue in finished if any(left for left in _left_done(issue))]
    totals["throughput"] = {"value": len(finished)}
    totals["arrivals"] = {"value": len(issues)}
    totals["reopen_rate"] = {
        "numerator": len(reopened),
        "denominator": len(finished),
        "reopenings": sum(len(list(_left_done(issue))) for issue in issues.values()),
    }
    return Numbers(totals, facts, _time_in_status(finished))


def _left_done(issue: Issue) -> Iterator[Stay]:
    for stay, following in zip(issue.stays, issue.stays[1:], strict=False):
        if stay.category == DONE and following.category != DONE:
            yield stay


def _time_in_status(finished: list[Issue]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    whole = 0.0
    for issue in finished:
        assert issue.finished is not None
        seen: set[str] = set()
        for stay in issue.stays:
            if stay.start >= issue.finished:
                continue
            assert stay.end is not None
            entry = found.setdefault(stay.status, {"n": 0, "visits": 0, "total": 0.0})
            length = (stay.end - stay.start).total_seconds()
            whole += length
            entry["total"] += length
            entry["visits"] += 1
            if stay.status not in seen:
                entry["n"] += 1
                seen.add(stay.status)
    for entry in found.values():
        entry["share"] = entry["total"] / whole
    return found


def _percentile(ordered: list[float], share: float) -> float | None:
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


SELECTED, PROGRESS, REVIEW, CLOSED = "Selected for Development", "In Progress", "Review", "Done"

_FIRST: dict[str, tuple[str, int, list[str]]] = {
    "SP-1": ("10008", 3, [SELECTED, PROGRESS]),
    "SP-2": ("10009", 1, [SELECTED]),
    "SP-10": ("10017", 11, [SELECTED, PROGRESS, SELECTED, PROGRESS, REVIEW, CLOSED]),
    "SP-13": ("10020", 5, [SELECTED, CLOSED]),
    "SP-14": ("10021", 5, [PROGRESS, CLOSED]),
    "SP-15": ("10022", 5, [SELECTED]),
}
_SECOND: dict[str, tuple[str, int, list[str]]] = {
    "SP-1": ("10008", 4, [SELECTED, PROGRESS, REVIEW]),
    "SP-2": ("10009", 1, [SELECTED]),
    "SP-5": ("10012", 8, [SELECTED, PROGRESS, REVIEW, CLOSED, SELECTED, PROGRESS, CLOSED]),
    "SP-7": ("10014", 2, [SELECTED]),
    "SP-8": ("10015", 3, [SELECTED, PROGRESS]),
    "SP-11": ("10018", 3, [SELECTED]),
}


def wrong_recording(first: Mapping[str, Issue], second: Mapping[str, Issue]) -> Iterator[str]:
    """Where the recordings, as read here, differ from what their table says about them."""
    for state, expected, found in (("first", _FIRST, first), ("second", _SECOND, second)):
        told = {key: (issue.id, issue.histories, issue.path()) for key, issue in found.items()}
        for key in sorted(told.keys() | expected.keys()):
            if told.get(key) != expected.get(key):
                yield f"{state} state, {key}: read {told.get(key)}, its table says {expected.get(key)}"
