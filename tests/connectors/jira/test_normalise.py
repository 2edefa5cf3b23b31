"""Jira's issues and histories -> records: every oddity that Jira is known for, one by one."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira import normalise, raw
from connectors.jira.normalise import Context
from connectors.kit import records
from connectors.kit.errors import BadRecord

CLOUD = Context(cloud=True, browse_url="https://acme.example.com")
DATA_CENTER = Context(cloud=False, browse_url="https://jira.example.com/context")
MOMENT = datetime(2026, 8, 24, 11, 11, 52, 944000, tzinfo=UTC)


def issue(points: tuple[str, ...] = (), **fields: Any) -> raw.Item:
    whole = {
        "id": "10008",
        "key": "SP-1",
        "self": "ignored",
        "fields": {"created": "2026-08-01T00:00:00.000+0000", "updated": "2026-08-24T11:11:52.944+0000", **fields},
    }
    return raw.Item(issue=msgspec.json.decode(msgspec.json.encode(whole), type=raw.issue_type(points)))


def history(*items: dict[str, Any], **rest: Any) -> raw.History:
    whole = {"id": "500", "created": "2026-08-24T11:11:52.944+0000", "items": items, **rest}
    return msgspec.json.decode(msgspec.json.encode(whole), type=raw.History)


def to_status(to: Any = "3", from_: Any = "10000") -> dict[str, Any]:
    return {"field": "status", "fieldId": "status", "fieldtype": "jira", "from": from_, "to": to}


def work_item(item: raw.Item, context: Context = CLOUD) -> records.WorkItem:
    return next(normalise.work_item(item, context))


def moves(*histories: raw.History, context: Context = CLOUD) -> list[records.Transition]:
    item = issue()
    item.histories = list(histories)
    return list(normalise.transitions(item, context))


# -- instants ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        '"2026-08-24T11:11:52.944+0000"',
        '"2026-08-24T11:11:52.944+00:00"',
        '"2026-08-24T11:11:52.944Z"',
        '"2026-08-24T13:11:52.944+0200"',
        '"2026-08-24T01:11:52.944-10:00"',
        "1787569912944",
    ],
)
def test_an_instant_is_understood_in_every_way_that_jira_writes_it(written: str):
    moment = normalise.instant(msgspec.json.decode(written, type=raw.Moment), "created")

    assert moment == MOMENT
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("value", [None, 10**18, -(10**18), datetime(2026, 8, 24, 11, 11)])  # noqa: DTZ001
def test_an_instant_that_is_missing_impossible_or_without_zone_is_a_bad_record(value: Any):
    with pytest.raises(BadRecord) as bad:
        normalise.instant(value, "updated")

    assert bad.value.field == "updated"


@given(st.integers(0, 6_000_000_000_000))
def test_a_millisecond_stays_a_millisecond(milliseconds: int):
    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)

    assert normalise.instant(milliseconds, "created") == expected


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_an_instant_is_the_same_in_every_zone_it_is_written_in(local: datetime, offset: int):
    zone = timezone(timedelta(minutes=offset))
    moment = local.replace(microsecond=local.microsecond // 1000 * 1000, tzinfo=zone)
    written = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}" + moment.strftime("%z")

    assert normalise.instant(msgspec.json.decode(f'"{written}"', type=raw.Moment), "created") == moment


# -- issues -----------------------------------------------------------------------------------------------


def test_an_issue_becomes_a_work_item():
    user = {"accountId": "557058:someone", "displayName": "Someone", "accountType": "atlassian"}
    item = issue(
        points=("customfield_10016",),
        summary="Pay by card",
        status={"id": "3", "name": "In Progress"},
        issuetype={"id": "10001", "name": "Story"},
        project={"id": "10000", "key": "SP"},
        priority={"id": "2", "name": "High"},
        resolution={"id": "10000", "name": "Done"},
        resolutiondate="2026-08-24T11:11:52.944+0000",
        assignee=user,
        creator=user,
        parent={"id": "10001", "key": "SP-0"},
        labels=["a", "b"],
        duedate="2026-09-01",
        fixVersions=[{"id": "7", "name": "1.0"}],
        versions=[{"id": "6"}],
        customfield_10016=5,
    )

    assert work_item(item) == records.WorkItem(
        external_id="10008",
        key_="SP-1",
        url="https://acme.example.com/browse/SP-1",
        title="Pay by card",
        created_at=datetime(2026, 8, 1, tzinfo=UTC),
        updated_at=MOMENT,
        project="10000",
        item_type="10001",
        status="3",
        resolution="10000",
        resolved_at=MOMENT,
        priority="High",
        assignee="557058:someone",
        creator="557058:someone",
        parent="10001",
        labels=("a", "b"),
        points=5.0,
        due_at=datetime(2026, 9, 1, tzinfo=UTC),
        releases=("7",),
        affects_releases=("6",),
    )


def test_an_issue_may_have_next_to_nothing():
    empty = dict.fromkeys(("summary", "status", "assignee", "labels", "duedate", "fixVersions", "parent"))

    assert work_item(issue(**empty)).external_id == "10008"


@pytest.mark.parametrize("field", ["created", "updated"])
def test_an_issue_without_its_instants_is_set_aside(field: str):
    with pytest.raises(BadRecord) as bad:
        work_item(issue(**{field: None}))

    assert bad.value.field == field


def test_a_malformed_issue_is_set_aside_once_and_not_by_its_children_too():
    malformed = raw.Malformed(reason="The issue is malformed.", id="1", content=msgspec.Raw(b"{}"))

    with pytest.raises(BadRecord):
        list(normalise.work_item(malformed, CLOUD))
    assert list(normalise.transitions(malformed, CLOUD)) == []
    assert list(normalise.activity(malformed, CLOUD)) == []


@pytest.mark.parametrize(
    ("value", "points"),
    [
        *((3, 3.0), (0.5, 0.5), (0, 0.0), ("8", 8.0), ("1,5", 1.5), ({"value": "13"}, 13.0)),
        *((None, None), ("large", None), (True, None), ([], None), ({"value": None}, None), (1e300, None)),
    ],
)
def test_story_points_are_a_number_or_nothing(value: Any, points: float | None):
    assert work_item(issue(points=("customfield_1",), customfield_1=value)).points == points


def test_company_managed_and_team_managed_projects_keep_points_in_different_fields():
    fields = ("customfield_1", "customfield_2")

    assert work_item(issue(points=fields, customfield_1=None, customfield_2=3)).points == 3
    assert work_item(issue(points=fields, customfield_1=2)).points == 2


def test_a_data_center_user_is_known_by_key_because_names_change():
    item = issue(assignee={"key": "JIRAUSER10100", "name": "someone"}, creator={"name": "legacy"})

    found = work_item(item, DATA_CENTER)

    assert (found.assignee, found.creator) == ("JIRAUSER10100", "legacy")


# -- transitions ------------------------------------------------------------------------------------------


def test_only_status_changes_are_transitions_and_their_key_is_their_place_in_the_history():
    found = moves(
        history({"field": "resolution", "fieldId": "resolution", "from": None, "to": "1"}, to_status("3", "10000")),
        history({"field": "Rank", "from": "", "to": ""}, id="501"),
        history(to_status("10002", "3"), id="502"),
    )

    assert [(one.external_id, one.from_status, one.to_status) for one in found] == [
        ("500:1", "10000", "3"),
        ("502:0", "3", "10002"),
    ]
    assert {one.work_item for one in found} == {"10008"}


def test_two_histories_of_the_same_instant_are_two_transitions():
    found = moves(history(to_status(), id="1"), history(to_status("4", "3"), id="2"))

    assert [one.external_id for one in found] == ["1:0", "2:0"]


def test_bulk_histories_write_instants_as_numbers_and_ids_too():
    found = moves(history(to_status(to=3, from_=10000), created=1787569912944))

    assert (found[0].at, found[0].from_status, found[0].to_status) == (MOMENT, "10000", "3")


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_status_change_may_not_know_where_it_came_from(nothing: str | None):
    assert moves(history(to_status(from_=nothing)))[0].from_status is None


def test_a_status_change_that_leads_nowhere_is_a_bad_record():
    with pytest.raises(BadRecord):
        moves(history(to_status(to=None)))


def test_histories_from_before_field_ids_are_read_and_a_custom_field_called_status_is_not():
    old = {"field": "status", "fieldtype": "jira", "from": "1", "to": "3"}
    custom = {"field": "status", "fieldId": "customfield_10050", "fieldtype": "custom", "from": "1", "to": "2"}

    assert [one.to_status for one in moves(history(old, custom))] == ["3"]


def test_an_incomplete_history_is_set_aside_rather_than_told_in_part():
    item = issue()
    item.problem = "Jira sent only a part of the issue's history."

    with pytest.raises(BadRecord, match="part of"):
        list(normalise.transitions(item, CLOUD))


PERSON = {"accountId": "557058:someone", "accountType": "atlassian"}
APP = {"accountId": "557058:app", "accountType": "app"}
RULE_ACTOR = {"accountId": normalise.AUTOMATION_ACTOR, "accountType": "atlassian"}


@pytest.mark.parametrize(
    ("author", "metadata", "told"),
    [
        (APP, None, "account_kind"),
        (APP, {"type": "automation:rule"}, "account_kind"),
        (RULE_ACTOR, None, "rule_marker"),
        (PERSON, {"type": "com.codebarrel.automation"}, "rule_marker"),
        (PERSON, {"generator": {"id": "rule-1", "type": "Automation-Rule"}}, "rule_marker"),
        (PERSON, {"actor": {"id": "automation-for-jira"}}, "rule_marker"),
        (PERSON, {"type": "myplugin:type", "generator": {"id": "mysystem-1"}}, "app_marker"),
        (PERSON, {}, None),
        (PERSON, None, None),
        (None, None, None),
    ],
)
def test_how_jira_says_that_nobody_did_it(author: Any, metadata: Any, told: str | None):
    marks = {"author": author} | ({"historyMetadata": metadata} if metadata is not None else {})

    found = moves(history(to_status(), **marks))[0]

    assert found.automated_by == told
    assert found.automated is (None if told is None else True)
    assert found.actor == (None if author is None else author["accountId"])


# -- activity ---------------------------------------------------------------------------------------------


def remark(created: Any, author: Any = PERSON) -> raw.Remark:
    return msgspec.convert({"id": "1", "created": created, "author": author}, raw.Remark)


def test_an_issues_activity_is_counted_by_author_kind_and_utc_day():
    item = issue()
    item.histories = [history(to_status(), author=PERSON), history(author=PERSON, created=1787569912944, id="2")]
    item.comments = [remark("2026-08-24T23:30:00.000-0200"), remark("2026-08-24T23:30:00.000+0000", author=None)]
    item.worklogs = [remark("2026-08-24T10:00:00.000+0000")]

    assert list(normalise.activity(item, CLOUD)) == [
        records.ActivityOf(
            work_item="10008",
            days=(
                ("557058:someone", "change", date(2026, 8, 24), 2),
                ("557058:someone", "comment", date(2026, 8, 25), 1),
                ("557058:someone", "worklog", date(2026, 8, 24), 1),
            ),
        )
    ]


def test_an_issue_that_nobody_touched_says_so():
    assert list(normalise.activity(issue(), CLOUD)) == [records.ActivityOf(work_item="10008", days=())]
