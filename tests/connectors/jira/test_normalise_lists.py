"""Jira's lists -> records: accounts, statuses, types, versions, resolutions."""

from datetime import date
from typing import Any

import msgspec
import pytest

from connectors.jira import normalise, raw
from connectors.jira.normalise import Context
from connectors.jira.words import item_kind
from connectors.kit import records
from connectors.kit.errors import BadRecord

CLOUD = Context(cloud=True, browse_url="https://acme.example.com")
DATA_CENTER = Context(cloud=False, browse_url="https://jira.example.com/context")


# -- accounts ---------------------------------------------------------------------------------------------


def account(context: Context = CLOUD, **fields: Any) -> records.Account:
    return next(normalise.account(msgspec.convert(fields, raw.User), context))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"accountType": "atlassian"}, "human"),
        ({"accountType": "customer"}, "human"),
        ({"accountType": "app"}, "app"),
        ({"accountType": "atlassian", "appType": "service"}, "app"),
        ({"accountType": "app", "appType": "agent"}, "app"),
        ({"accountType": "atlassian", "appType": "unknown"}, "human"),
        ({"accountType": "unknown"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_cloud_says_what_kind_of_account_it_is(fields: dict[str, Any], kind: str):
    assert account(accountId="1", **fields).kind == kind


def test_hidden_e_mails_and_former_users_stay_accounts():
    found = account(accountId="1", accountType="atlassian", displayName="Former user", emailAddress="", active=False)

    assert found == records.Account(external_id="1", display_name="Former user", kind="human", active=False)


@pytest.mark.parametrize("name", ["1", "BOT@example.test", "Release Robot", "release-bot"])
def test_the_admins_word_makes_a_bot_by_any_of_its_names(name: str):
    context = Context(cloud=False, browse_url="https://jira.example.com", bots=frozenset({name.casefold()}))
    robot = {"key": "1", "name": "release-bot", "displayName": "Release Robot", "emailAddress": "bot@example.test"}

    assert account(context, **robot).kind == "bot"
    assert account(context, key="2", name="someone").kind == "human"


def test_data_center_without_named_bots_cannot_tell():
    assert account(DATA_CENTER, key="1", name="someone").kind == "unknown"


def test_an_account_without_an_id_is_a_bad_record():
    with pytest.raises(BadRecord):
        account(displayName="Nobody")


# -- lists ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "ours"),
    [
        ({"key": "new"}, "todo"),
        ({"key": "indeterminate"}, "active"),
        ({"key": "done"}, "done"),
        ({"key": "undefined"}, None),
        ("TODO", "todo"),
        ("IN_PROGRESS", "active"),
        ("DONE", "done"),
        (None, None),
    ],
)
def test_a_status_has_its_category_in_either_spelling(category: Any, ours: str | None):
    status = msgspec.convert({"id": "3", "name": "Doing", "statusCategory": category}, raw.Status)

    assert next(normalise.status(status, CLOUD)) == records.Status(external_id="3", name="Doing", category=ours)


@pytest.mark.parametrize(
    ("scope", "project"),
    [
        ({"type": "PROJECT", "project": {"id": "10004"}}, "10004"),
        ({"type": "GLOBAL"}, None),
        ({"type": "GLOBAL", "project": None}, None),
        (None, None),
    ],
)
def test_a_team_managed_status_belongs_to_its_project(scope: Any, project: str | None):
    status = msgspec.convert({"id": "3", "name": "Doing", "scope": scope}, raw.Status)

    assert next(normalise.status(status, CLOUD)).project == project


@pytest.mark.parametrize(
    ("name", "options", "kind"),
    [
        ("Story", {}, "feature"),
        ("Récit utilisateur", {}, "feature"),
        ("New Feature", {}, "feature"),
        ("Amélioration", {}, "feature"),
        ("Bug", {}, "bug"),
        ("Bogue", {}, "bug"),
        ("Anomalie", {}, "bug"),
        ("Fehler", {}, "bug"),
        ("Task", {}, "task"),
        ("Tâche", {}, "task"),
        ("Aufgabe", {}, "task"),
        ("Epic", {}, "epic"),
        ("Épopée", {}, "epic"),
        ("Thème", {"level": 2}, "epic"),
        ("Sub-task", {"subtask": True, "level": -1}, "task"),
        ("Sous-tâche", {"subtask": True}, "task"),
        ("Sub-story", {"subtask": True}, "task"),
        ("Sub-bug", {"subtask": True}, "bug"),
        ("Demande", {}, "other"),
        ("Debugging", {}, "other"),
        ("", {}, "other"),
    ],
)
def test_a_types_name_suggests_what_it_is(name: str, options: dict[str, Any], kind: str):
    assert item_kind(name, **options) == kind


def test_a_release_that_is_only_planned_is_not_released():
    planned = raw.Version(id="7", name="2.0", project_id=10000, released=False, release_date="2027-01-01")
    done = raw.Version(id="6", name="1.0", project_id=10000, released=True, release_date="2026-10-01")

    assert next(normalise.release(planned, CLOUD)).released_at is None
    assert next(normalise.release(done, CLOUD)) == records.Release(
        external_id="6", name="1.0", project="10000", released=True, released_at=date(2026, 10, 1)
    )


def test_a_resolution_is_left_for_the_store_to_judge():
    found = next(normalise.resolution(raw.Resolution(id="2", name="Won't Do"), CLOUD))

    assert found == records.Resolution(external_id="2", name="Won't Do", category=None)
