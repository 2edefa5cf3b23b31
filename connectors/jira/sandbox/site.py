"""What the routes need from the Jira behind them, whether it was generated or recorded."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from connectors.jira.sandbox.jql import Listing, Vocabulary
from connectors.kit.organisation import Ms

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """One history entry; `json` lacks `created`, which every endpoint writes in its own way."""

    at: Ms
    fields: frozenset[str]
    """The ids of the fields that it changed."""
    json: Json


class Site(Vocabulary, Protocol):
    """A Jira at one instant. Not safe for several threads: the server asks under its lock."""

    def advance(self, now: Ms) -> None:
        """Moves the site to that instant."""

    def listing(self, late: Ms = 0) -> Listing:
        """The search index: as it is, or as it was `late` milliseconds ago."""

    def visible(self, issue: int) -> bool:
        """Whether the issue exists now, in a project that the token may see."""

    def version(self, issue: int) -> Hashable:
        """Two equal versions of an issue look the same."""

    def issue(self, issue: int) -> Json:
        """`id`, `key`, `self` and all `fields`; `comment` and `worklog` hold complete lists."""

    def histories(self, issue: int) -> Sequence[History]:
        """All of its histories, oldest first."""

    def projects(self) -> list[Json]:
        """The visible projects, with `insight`."""

    def statuses(self) -> list[Json]:
        """The statuses that the site lists, as `/status` gives them."""

    def workflows(self, project: str) -> list[Json]:
        """The types of a project, by its id, each with the statuses that its items can have."""

    def issue_types(self) -> list[Json]: ...

    def resolutions(self) -> list[Json]: ...

    def priorities(self) -> list[Json]: ...

    def fields(self) -> list[Json]:
        """System and custom fields."""

    def versions(self, project: str) -> list[Json]:
        """The versions of a project, by its id."""

    def users(self) -> list[Json]:
        """All users that can be listed."""
