"""Asana's objects to records: names that mean something, and objects that are not what they should be."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from pydantic import ValidationError

from connectors.asana import normalise, raw
from connectors.asana.config import AsanaConfig
from connectors.asana.history import Rules
from connectors.asana.normalise import Context
from connectors.asana.words import category
from connectors.kit.errors import BadRecord
from connectors.kit.sandbox import Request, Response
from connectors.kit.stream import Since
from tests.support.asana_site import asana

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CONTEXT = Context(rules=Rules(projects={}), agents=frozenset({"5"}), bots=frozenset({"ci@example.test"}))


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("Done", "done"), ("Terminé ✅", "done"), ("Closed", "done"), ("Fertig", "done"), ("Livré (T3)", "done"),
        ("Won’t do", "discarded"), ("Annulé", "discarded"), ("Duplicate", "discarded"),
        ("In progress", "active"), ("En cours", "active"), ("Doing", "active"), ("QA", "active"),
        ("Code review", "waiting"), ("En attente du client", "waiting"), ("Bloqué", "waiting"),
        ("To do", "todo"), ("À faire", "todo"), ("Selected for development", "todo"), ("Ready to be done", "todo"),
        ("Backlog", "backlog"), ("Idées", "backlog"),
        ("Untitled section", None), ("Not done", None), ("Cette année", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_name_suggests_a_category_or_none(name: str | None, meaning: str | None):
    assert category(name) == meaning


@pytest.mark.parametrize(
    ("user", "kind"),
    [
        (raw.User(gid="4", name="Ada", email="ada@example.test"), "human"),
        (raw.User(gid="5", name="Teammate", agent=True), "app"),
        (raw.User(gid="6", name="CI", email="CI@example.test"), "bot"),
    ],
)
def test_users_are_people_unless_something_says_otherwise(user: raw.User, kind: str):
    (account,) = normalise.account(user, CONTEXT)
    assert account.kind == kind


def item(story: raw.Story, **fields: object) -> raw.Item:
    task = raw.Task(gid="7", created_at=AT, modified_at=AT, completed=True)
    return raw.Item(task=task, stories=[story], project=None, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("author", "source", "by_rule", "told"),
    [
        ("4", "web", False, None),
        ("4", "web", True, "rule_marker"),
        ("5", "web", False, "account_kind"),
        ("4", "api", False, "app_marker"),
        (None, "unknown", False, "app_marker"),
        (None, "web", False, None),
    ],
)
def test_how_a_transition_is_told_to_be_automated(author: str | None, source: str, by_rule: bool, told: str | None):
    story = raw.Story(
        gid="1",
        created_at=AT,
        resource_subtype="marked_complete",
        source=source,
        created_by=raw.Ref(gid=author) if author else None,
    )
    (move,) = normalise.transitions(item(story, by_rule=frozenset({"1"} if by_rule else ())), CONTEXT)
    assert (move.automated, move.automated_by) == (True if told else None, told)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"created_at": None}, "created_at"),
        ({"created_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=12)))}, "created_at"),
        ({"due_on": "soon"}, "due_on"),
        ({"modified_at": None}, "modified_at"),
    ],
)
def test_a_task_that_cannot_be_a_record_is_set_aside(fields: dict[str, object], field: str):
    task = msgspec.structs.replace(raw.Task(gid="7", created_at=AT, modified_at=AT), **fields)
    with pytest.raises(BadRecord) as caught:
        list(normalise.work_item(raw.Item(task=task, stories=[], project=None), CONTEXT))
    assert caught.value.field == field


def test_a_malformed_task_or_story_spoils_nothing_but_itself():
    def answer(request: Request) -> Response | None:
        if request.path.endswith("/tasks") and "limit" in request.query:
            good = '{"gid":"1500000000010001","created_at":"2026-01-05T09:00:00Z","modified_at":"2026-01-05T09:00:00Z"}'
            return Response(200, f'{{"data":[{good},{{"gid":"8","completed":"perhaps"}},{{"gid":null}}]}}'.encode())
        if request.path.endswith("/stories"):
            moments = ("yesterday", "2026-01-05T09:00:00", "2026-01-05T09:00:00Z")
            stories = [{"gid": str(number), "created_at": at} for number, at in enumerate(moments, start=1)]
            return Response(200, msgspec.json.encode({"data": stories}))
        return None

    with asana(answer) as served, served.connector.open(served.access(projects=("1200000000010000",))) as api:
        work_items = next(stream for stream in served.connector.streams if stream.name == "work_items")
        scope = served.connector.scopes(api)[0]
        found = [one for page in work_items.fetch(api, scope, Since()) for one in page.items]

    malformed = [one for one in found if isinstance(one, raw.Malformed)]
    assert [one.gid for one in malformed] == ["8", None]
    (good,) = (one for one in found if isinstance(one, raw.Item))
    assert [record.external_id for record in normalise.work_item(good, CONTEXT)] == [good.gid]
    with pytest.raises(BadRecord, match="A story is malformed"):
        list(normalise.transitions(good, CONTEXT))
    for one in malformed:
        with pytest.raises(BadRecord):
            list(normalise.work_item(one, CONTEXT))
        assert list(normalise.transitions(one, CONTEXT)) == []
        assert list(normalise.activity(one, CONTEXT)) == []


@pytest.mark.parametrize(
    ("base_url", "whole"),
    [
        ("https://app.asana.com", "https://app.asana.com/api/1.0"),
        ("https://app.asana.com/api/1.0/", "https://app.asana.com/api/1.0"),
    ],
)
def test_the_address_of_the_api_is_completed(base_url: str, whole: str):
    config = AsanaConfig(base_url=base_url, workspace="1")
    assert config.base_url == whole
    assert config.login_url == "https://app.asana.com"


@pytest.mark.parametrize(
    "wrong",
    [
        {"workspace": "my company"},
        {"workspace": "1", "projects": ["../users"]},
        {"workspace": "1", "status_from": "colour"},
        {"workspace": "1", "status_from": {"somewhere": "section"}},
        {"workspace": "1", "base_url": "https://app.asana.com/?token=fake"},
        {"workspace": "1", "unknown": True},
        {},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        AsanaConfig.model_validate(wrong)


def test_the_rule_of_a_project_is_its_own_or_the_default_or_its_sections():
    config = AsanaConfig.model_validate({"workspace": "1", "status_from": {"2": "completion", "default": "77"}})
    assert [config.rule(project) for project in ("2", "3")] == ["completion", "77"]
    assert AsanaConfig(workspace="1", status_from={"2": "completion"}).rule("3") == "section"
