"""Issues and histories as bytes. Each is rendered once for as long as it looks the same."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from connectors.jira.sandbox.dialect import Dialect
from connectors.jira.sandbox.site import History, Json, Site
from connectors.kit.organisation import Ms

INLINE_HISTORIES = 40
"""How many histories Cloud shows with an issue, newest first."""
INLINE_COMMENTS = 100
INLINE_WORKLOGS = 20
_HEAVY = frozenset({"comment", "worklog"})
"""Fields that `*navigable` leaves out."""

Written = tuple[Ms, frozenset[str], bytes]


@dataclass(frozen=True, slots=True)
class Want:
    """Which part of an issue is asked for."""

    names: frozenset[str]
    """Field names; `*all` and `*navigable` among them."""
    without: frozenset[str]
    changelog: bool

    @property
    def ids_only(self) -> bool:
        """Whether nothing is asked but what identifies an issue."""
        return self.names <= {"id", "key"} and not self.changelog


def want(fields: Sequence[str], default: str, expand: str) -> Want:
    """Reads `fields` and `expand` as a request gives them; names may be joined by commas."""
    asked = [name.strip() for part in fields for name in part.split(",") if name.strip()] or [default]
    without = frozenset(name[1:] for name in asked if name.startswith("-"))
    names = frozenset(name for name in asked if not name.startswith("-")) or frozenset({"*all"})
    return Want(names, without, "changelog" in expand.split(","))


class Pages:
    """Renders for one deployment of Jira."""

    def __init__(self, site: Site, dialect: Dialect) -> None:
        self._site = site
        self._dialect = dialect
        self._issues: dict[Want, dict[int, tuple[Hashable, bytes]]] = {}
        self._histories: dict[str, dict[int, tuple[Hashable, list[Written]]]] = {}

    def issue(self, issue: int, asked: Want) -> bytes:
        """One issue with the fields that were asked for."""
        if asked.names == {"id"} and not asked.changelog and self._dialect.cloud:
            return b'{"id":"%d"}' % issue
        known = self._issues.setdefault(asked, {})
        version = self._site.version(issue)
        found = known.get(issue)
        if found is None or found[0] != version:
            found = (version, msgspec.json.encode(self._written(issue, asked)))
            known[issue] = found
        return found[1]

    def _written(self, issue: int, asked: Want) -> Json:
        whole = self._site.issue(issue)
        fields: Json = whole.pop("fields")
        written: Json = {"expand": "renderedFields,names,schema,operations,editmeta,changelog", **whole}
        if not asked.ids_only:
            everything = "*all" in asked.names or "*navigable" in asked.names
            heavy = _HEAVY if "*all" not in asked.names else frozenset()
            chosen = {
                name: value
                for name, value in fields.items()
                if (name in asked.names or (everything and name not in heavy)) and name not in asked.without
            }
            if "comment" in chosen:
                chosen["comment"] = self.comments(chosen["comment"], 0, INLINE_COMMENTS)
            if "worklog" in chosen:
                chosen["worklog"] = self.worklogs(chosen["worklog"], 0, INLINE_WORKLOGS)
            written["fields"] = chosen
        if asked.changelog:
            written["changelog"] = self._inline(self._site.histories(issue))
        return written

    def _inline(self, histories: Sequence[History]) -> Json:
        total = len(histories)
        if self._dialect.cloud:
            histories = list(reversed(histories))[:INLINE_HISTORIES]
        shown = [one.json | {"created": self._dialect.time(one.at)} for one in histories]
        return {"startAt": 0, "maxResults": len(shown), "total": total, "histories": shown}

    def comments(self, comments: Sequence[Json], start: int, limit: int) -> Json:
        """A page of an issue's comments."""
        shown = comments[start : start + limit]
        return {"comments": shown, "startAt": start, "maxResults": limit, "total": len(comments)}

    def worklogs(self, worklogs: Sequence[Json], start: int, limit: int) -> Json:
        """A page of an issue's worklogs."""
        shown = worklogs[start : start + limit]
        return {"startAt": start, "maxResults": limit, "total": len(worklogs), "worklogs": shown}

    def histories(self, issue: int, created: Literal["epoch", "text"]) -> list[Written]:
        """All histories of an issue, oldest first; bulk answers write `created` as epoch milliseconds."""
        known = self._histories.setdefault(created, {})
        version = self._site.version(issue)
        found = known.get(issue)
        if found is None or found[0] != version:
            written: list[Written] = []
            for one in self._site.histories(issue):
                moment = one.at if created == "epoch" else self._dialect.time(one.at)
                json: Json = {**one.json, "created": moment}
                written.append((one.at, one.fields, msgspec.json.encode(json)))
            found = (version, written)
            known[issue] = found
        return found[1]
