"""The sandbox's JQL: what it finds is what a plain look at the items finds."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.jira.sandbox.dialect import Dialect
from connectors.jira.sandbox.generated import GeneratedSite
from connectors.jira.sandbox.jql import JqlError, parse, select
from connectors.kit.organisation import milliseconds
from tests.support.jira_sandbox import TODAY, organisation

PARIS = ZoneInfo("Europe/Paris")
NOW = milliseconds(TODAY)
SITE = GeneratedSite(organisation(), Dialect("cloud", "https://jira.example.test", PARIS))
SITE.advance(NOW)
ITEMS = [item for item in organisation().items.values() if item.exists(NOW)]


def find(jql: str, zone: ZoneInfo = PARIS) -> list[int]:
    listing = SITE.listing()
    return [key[-1] for key in select(parse(jql, listing, SITE, zone, TODAY), listing, SITE)]


def refusal(jql: str) -> str:
    with pytest.raises(JqlError) as caught:
        parse(jql, SITE.listing(), SITE, PARIS, TODAY)
    return str(caught.value)


@pytest.mark.parametrize("name", ["SHOP", "shop", '"SHOP"', "10000", "'Boutique en ligne'"])
def test_a_project_is_found_by_key_id_and_name(name: str) -> None:
    expected = {item.id for item in ITEMS if item.state(NOW).project == "10000"}
    assert set(find(f"project = {name}")) == expected


def test_an_instant_in_milliseconds_is_exact() -> None:
    at = sorted(item.updated(NOW) for item in ITEMS)[-20]
    assert len(find(f"updated >= {at}")) == 20
    assert len(find(f"updated > {at}")) == 19
    assert len(find(f"updated < {at} AND created > 0")) == len(ITEMS) - 20


def test_a_date_is_read_in_the_zone_of_the_profile_to_the_minute() -> None:
    for zone in (PARIS, ZoneInfo("Pacific/Kiritimati")):
        since = milliseconds(datetime(2026, 2, 16, 10, 30, tzinfo=zone))
        expected = {item.id for item in ITEMS if item.created >= since}
        assert set(find('created >= "2026-02-16 10:30"', zone)) == expected


def test_a_relative_date_counts_from_now() -> None:
    since = milliseconds(TODAY - timedelta(days=5))
    assert set(find("updated >= -5d")) == {item.id for item in ITEMS if item.updated(NOW) >= since}


def test_an_extra_condition_is_added_in_parentheses() -> None:
    bugs = {item.id for item in ITEMS if organisation().types[item.state(NOW).type].name == "Bug"}
    labelled = {item.id for item in ITEMS if "ux" in item.state(NOW).labels}
    assert bugs
    assert labelled
    assert set(find("created >= -9999d AND (issuetype = Bug OR labels = ux)")) == bugs | labelled
    assert set(find("issuetype in (Bug) AND NOT labels in (ux, dette)")) <= bugs - labelled


def test_empty_fields_are_found() -> None:
    unresolved = {item.id for item in ITEMS if item.state(NOW).resolution is None}
    assert set(find("resolution is EMPTY")) == unresolved
    assert set(find("resolution is not EMPTY")) == {item.id for item in ITEMS} - unresolved


def test_categories_statuses_and_priorities_are_found_by_name() -> None:
    done = {item.id for item in ITEMS if organisation().statuses[item.state(NOW).status].stage == "done"}
    assert set(find("statusCategory = Done")) == done
    assert set(find('status = "Selected for Development"')) == {
        item.id for item in ITEMS if item.state(NOW).status == "10001"
    }
    assert set(find("priority != Medium")) == {item.id for item in ITEMS if item.state(NOW).priority != "3"}


def test_ids_and_keys_name_issues() -> None:
    one, other = ITEMS[5], ITEMS[9]
    assert find(f"id in ({one.id}, {other.state(NOW).key}) ORDER BY id DESC") == [other.id, one.id]
    assert find(f"key = {one.state(NOW).key}") == [one.id]
    assert find(f"id > {ITEMS[-3].id}") == [item.id for item in ITEMS[-2:]]
    assert "does not exist for field 'key'" in refusal("id in (999999)")


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("id ASC", lambda item: item.id),
        ("id DESC", lambda item: -item.id),
        ("updated ASC, id ASC", lambda item: (item.updated(NOW), item.id)),
        ("updated DESC, id ASC", lambda item: (-item.updated(NOW), item.id)),
        ("created, key DESC", lambda item: (item.created, -int(item.state(NOW).key.rpartition("-")[2]))),
    ],
)
def test_issues_come_in_the_order_that_was_asked_for(order: str, key: object) -> None:
    assert callable(key)
    assert find(f"project in (SHOP, HELP) ORDER BY {order}") == [
        item.id for item in sorted(ITEMS, key=key) if item.state(NOW).project in ("10000", "10003")
    ]


@pytest.mark.parametrize(
    ("jql", "text"),
    [
        ("project = NOPE", "does not exist for the field 'project'"),
        ("colour = red", "Field 'colour' does not exist"),
        ("project =", "a value was expected"),
        ("project = SHOP AND", "a value was expected"),
        ("(project = SHOP", "')' was expected"),
        ("project = SHOP)", "')' was not expected"),
        ("project = SHOP ORDER BY colour", "Not able to sort"),
        ("updated >= yesterday", "Date value 'yesterday' is invalid"),
        ("status > 3", "is not supported by the 'status' field"),
        ("updated is EMPTY", "is not supported by the 'updated' field"),
        ('project = "SHOP', "unexpected character"),
    ],
)
def test_what_jira_would_refuse_is_refused(jql: str, text: str) -> None:
    assert text in refusal(jql)


@settings(max_examples=60, deadline=None)
@given(
    project=st.sampled_from(["SHOP", "KAN", "NEXT"]),
    since=st.integers(0, 540),
    after=st.integers(9_990, 10_800),
    order=st.sampled_from(["updated ASC, id ASC", "id ASC"]),
    extra=st.sampled_from(["", " AND (issuetype = Bug)", " AND (labels = ux OR priority = High)"]),
)
def test_skipping_by_the_index_finds_what_looking_at_every_issue_finds(
    project: str, since: int, after: int, order: str, extra: str
) -> None:
    bound = milliseconds(TODAY - timedelta(days=since))
    quick = find(f"project = {project} AND updated >= {bound} AND id > {after}{extra} ORDER BY {order}")
    plain = find(f"(project = {project}) AND (updated >= {bound}) AND (id > {after}){extra} ORDER BY {order}")
    assert quick == plain
