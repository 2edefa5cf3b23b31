"""One Asana workspace during one run: what it holds beside tasks, each list asked once, when first needed."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

from connectors.asana import raw
from connectors.asana.config import AsanaConfig, ServiceAccount
from connectors.asana.history import COMPLETED, INCOMPLETE, Rules
from connectors.asana.normalise import Context
from connectors.kit.connector import Access
from connectors.kit.errors import AuthError, ConfigError, ConnectorError, Transient
from connectors.kit.http import HttpClient, Param
from connectors.kit.paging import by_token
from connectors.kit.records import ItemKind
from connectors.kit.stream import Page, Scope

T = TypeVar("T")
U = TypeVar("U")

PAGE = 100
"""The most that Asana gives at once."""
_AT_ONCE = 6
"""Requests side by side; Asana limits those of a token, far above this."""
_REFUSED = (402, 403, 404, 451)

ITEM_TYPES: tuple[tuple[str, str, ItemKind], ...] = (
    ("default_task", "Task", "task"),
    ("milestone", "Milestone", "other"),
    ("approval", "Approval", "other"),
)


def was_refused(error: ConnectorError) -> bool:
    """Whether Asana says that it does not offer this, or not to us, or not with this plan."""
    return error.status in _REFUSED


class Workspace:
    """A workspace. Usable from several threads."""

    def __init__(self, access: Access, http: HttpClient) -> None:
        self.config: AsanaConfig = access.config
        self.has_audit_log = isinstance(access.credentials, ServiceAccount)
        self.now = access.now
        self.http = http

    # -- asking -------------------------------------------------------------------------------------------

    def get(self, path: str, fields: Sequence[str] = (), *, kind: type[T]) -> T:
        """One thing."""
        params = {"opt_fields": ",".join(fields)} if fields else {}
        return self.http.get_json(path, params, type=raw.Answer[kind]).data  # type: ignore[valid-type]

    def listing(self, path: str, fields: Sequence[str], *, kind: type[T], **params: Param) -> Iterator[list[T]]:
        """The pages of a listing. Raises Transient where its place was forgotten: the next run begins it again."""
        asked: dict[str, Param] = {**params, "limit": PAGE, "opt_fields": ",".join(fields)}

        def fetch(offset: str | None) -> raw.Listing[T]:
            place: dict[str, Param] = {} if offset is None else {"offset": offset}
            try:
                return self.http.get_json(path, asked | place, type=raw.Listing[kind])  # type: ignore[valid-type]
            except ConnectorError as error:
                if error.status == 400 and offset is not None:
                    raise Transient(
                        "Asana no longer accepts the place where a listing was to go on.",
                        "Nothing needs to be done: the next run begins the listing again.",
                    ) from error
                raise

        pages = by_token(
            fetch, token=lambda page: page.offset, items=lambda page: page.data, what=path.rpartition("/")[2]
        )
        return (page.data for page in pages)

    def all(self, path: str, fields: Sequence[str], *, kind: type[T], **params: Param) -> list[T]:
        """A whole listing."""
        return [one for page in self.listing(path, fields, kind=kind, **params) for one in page]

    def each(self, ask: Callable[[T], U], things: Sequence[T]) -> list[U]:
        """The answers for all things, asked side by side; raises the first error."""
        if len(things) < 2:
            return [ask(one) for one in things]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(ask, things))

    # -- who and where ------------------------------------------------------------------------------------

    def me(self) -> raw.User:
        """The user behind the credentials. Raises AuthError if they are wrong."""
        return self.get("/users/me", ("name",), kind=raw.User)

    @cached_property
    def info(self) -> raw.Workspace:
        """The workspace itself. Raises a ConnectorError with 403 or 404 if the credentials may not see it."""
        return self.get(f"/workspaces/{self.config.workspace}", ("name", "is_organization"), kind=raw.Workspace)

    @cached_property
    def projects(self) -> list[raw.Project]:
        """Every project that the credentials can see, archived ones included."""
        fields = ("name", "archived", "permalink_url")
        found = self.all("/projects", fields, kind=raw.Project, workspace=self.config.workspace)
        return list({project.gid: project for project in found}.values())

    @cached_property
    def chosen(self) -> list[raw.Project]:
        """The projects that this source reads."""
        wanted = set(self.config.projects)
        return [one for one in self.projects if not wanted or one.gid in wanted]

    @property
    def unknown_projects(self) -> list[str]:
        """The configured projects that the credentials cannot see."""
        known = {project.gid for project in self.projects}
        return [gid for gid in self.config.projects if gid not in known]

    @staticmethod
    def scopes(projects: Sequence[raw.Project]) -> list[Scope]:
        """Projects as parts to read; archived ones hold still and are left out."""
        return [Scope(external_id=one.gid, name=one.name) for one in projects if not one.archived]

    def count(self, scope: Scope) -> int | None:
        """How many tasks a project holds."""
        return self.get(f"/projects/{scope.external_id}/task_counts", ("num_tasks",), kind=raw.TaskCounts).num_tasks

    def require(self, scope: Scope) -> None:
        """Raises ConfigError for the scope of a configured project that cannot be seen."""
        if scope.external_id in self.unknown_projects:
            raise ConfigError(
                f"There is no project {scope.external_id}, or these credentials may not see it.",
                "Correct the id, or share the project with the account.",
            )

    # -- what statuses are --------------------------------------------------------------------------------

    @cached_property
    def sections(self) -> list[raw.Section]:
        """The sections of every chosen project, each with its project."""

        def of(project: raw.Project) -> list[raw.Section]:
            try:
                found = self.all(f"/projects/{project.gid}/sections", ("name",), kind=raw.Section)
            except ConnectorError as error:
                if was_refused(error):
                    return []  # gone just now: reading its tasks will say so, and the other projects go on
                raise
            for section in found:
                section.project = raw.Ref(gid=project.gid)
            return found

        found = [section for sections in self.each(of, self.chosen) for section in sections]
        return list({section.gid: section for section in found}.values())

    @property
    def field_rules(self) -> list[str]:
        """The custom fields that tell statuses, by gid."""
        rules = (self.config.rule(project.gid) for project in self.chosen)
        return list(dict.fromkeys(rule for rule in rules if rule not in ("section", "completion")))

    def field(self, gid: str) -> raw.Field:
        """A custom field with its options. Raises ConfigError if it cannot tell a status."""
        path = f"/custom_fields/{gid}"
        fields = ("name", "type", "resource_subtype", "enum_options.name", "enum_options.enabled")
        try:
            found = self.get(path, fields, kind=raw.Field)
        except (ConfigError, AuthError) as error:
            if not was_refused(error):
                raise
            raise ConfigError(
                f"There is no custom field {gid}, or these credentials may not see it.",
                "Correct the id in 'status_from', or give the token the scope custom_fields:read.",
            ) from error
        if not found.is_enum:
            raise ConfigError(
                f"The custom field {gid} has no options to choose from, so it cannot tell a status.",
                "Name a single-select field in 'status_from'.",
            )
        return found

    def statuses(self) -> Iterator[Page]:
        """Sections where they tell statuses, options of the fields that do, and our own two."""
        by_section = [one for one in self.sections if one.project and self.config.rule(one.project.gid) == "section"]
        options = [option for gid in self.field_rules for option in self.field(gid).enum_options or []]
        own = [raw.Option(gid=COMPLETED, name="Completed"), raw.Option(gid=INCOMPLETE, name="Incomplete")]
        yield Page([*own, *by_section, *options])

    # -- people -------------------------------------------------------------------------------------------

    @cached_property
    def agents(self) -> list[raw.User]:
        """AI teammates; none where the plan or the token does not show them."""
        try:
            found = self.all(f"/workspaces/{self.config.workspace}/agents", ("name",), kind=raw.User)
        except ConnectorError as error:
            if was_refused(error):
                return []
            raise
        for agent in found:
            agent.agent = True
        return list({agent.gid: agent for agent in found}.values())

    def accounts(self) -> Iterator[Page]:
        """Every user, then the AI teammates."""
        seen: set[str] = set()
        for page in self.listing("/users", ("name", "email"), kind=raw.User, workspace=self.config.workspace):
            yield Page([one for one in page if one.gid not in seen])
            seen |= {one.gid for one in page}
        yield Page([one for one in self.agents if one.gid not in seen])

    def seats(self) -> Iterator[Page]:
        """The active members who are neither guests nor viewers."""
        as_of = self.now()
        fields = ("user", "is_active", "is_guest", "is_view_only", "created_at")
        path = f"/workspaces/{self.config.workspace}/workspace_memberships"
        members = {one.gid: one for one in self.all(path, fields, kind=raw.WorkspaceMember)}.values()
        yield Page(
            [
                raw.SeatHolder(member=one, as_of=as_of)
                for one in members
                if one.is_active and not one.is_guest and not one.is_view_only
            ]
        )

    @cached_property
    def context(self) -> Context:
        """What normalising needs."""
        return Context(
            rules=Rules(
                projects={one.gid: self.config.rule(one.gid) for one in self.chosen if not one.archived},
                sections={one.gid: one.project.gid for one in self.sections if one.project},
            ),
            agents=frozenset(one.gid for one in self.agents),
            bots=frozenset(name.casefold() for name in self.config.automation_accounts),
        )
