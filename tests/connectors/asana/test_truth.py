"""What the connector reads over HTTP is what is true about the organisation, whatever tells a status."""

from datetime import timedelta

import pytest

from connectors.asana.raw import Ref
from connectors.asana.sandbox import ROADMAP, STAGE, Keys, portfolio, project_gid
from connectors.kit.reading import key_of, read_all
from connectors.kit.records import Record
from tests.support.asana_site import NOW, Served, asana, organisation, service

STREAMS = {
    "projects": "projects",
    "statuses": "statuses",
    "item_types": "item_types",
    "accounts": "accounts",
    "seats": "seats",
    "work_items": "work_items",
    "transitions": "transitions",
    "usage_days": "activity",
}

PER_PROJECT = {project_gid("10000"): STAGE, project_gid("10001"): "completion", "default": "section"}


def rows(records: list[Record]) -> dict[tuple[object, ...], Record]:
    return {key_of(record): record for record in records}


def expect_the_truth(served: Served, credentials: object = None, **config: object) -> dict[str, list[Record]]:
    access = served.access(credentials, **config)
    with served.connector.open(access) as api:
        read = read_all(served.connector, api)
    audit_log = credentials is not None
    truth = served.sandbox.truth(rule=access.config.rule, audit_log=audit_log)
    for stream, record_type in STREAMS.items():
        assert read[stream] == rows(truth[record_type]), stream
    return truth


@pytest.mark.parametrize("status_from", ["section", "completion", STAGE, PER_PROJECT])
def test_everything_read_is_true(status_from: str | dict[str, str]):
    with asana() as served:
        truth = expect_the_truth(served, status_from=status_from)

    assert len(truth["transitions"]) > 100


def test_the_audit_log_tells_rules_exactly_and_the_estimate_is_marked():
    with asana() as served:
        exact = expect_the_truth(served, service())
        estimate = expect_the_truth(served)

    def ways(truth: dict[str, list[Record]]) -> set[str | None]:
        return {move.automated_by for move in truth["transitions"]}

    assert "rule_marker" in ways(exact)
    assert "rule_marker" not in ways(estimate)
    assert "app_marker" in ways(estimate)


def test_many_projects_and_other_work_of_the_same_people():
    other = portfolio(organisation(), seed=11, items=120, projects=5)
    with asana(organisation=other, page_cap=7) as served:
        expect_the_truth(served)

    assert other.accounts == organisation().accounts
    assert {item.creator for item in other.items.values()} <= other.accounts.keys()


def test_a_task_of_several_projects_comes_once_and_at_home():
    with asana() as served, served.connector.open(served.access()) as api:
        read = read_all(served.connector, api)
        shared = api.workspace.all("/tasks", ("name",), kind=Ref, project=ROADMAP)

    assert len(shared) > 5
    for task in shared:
        assert read["work_items"][task.gid,].project != ROADMAP


def test_a_task_that_joins_projects_keeps_its_home_where_it_joined_first():
    # The roadmap alone is read: then it is the home of what it shows.
    with asana() as served, served.connector.open(served.access(projects=(ROADMAP,))) as api:
        read = read_all(served.connector, api)

    assert {item.project for item in read["work_items"].values()} == {ROADMAP}


def test_without_an_audit_log_in_the_plan_a_service_account_reads_all_the_same():
    with asana(keys=Keys(audit_log=False)) as served, served.connector.open(served.access(service())) as api:
        read = read_all(served.connector, api)
        truth = served.sandbox.truth()

    assert read["transitions"] == rows(truth["transitions"])


def test_the_truth_of_another_day_is_another_one():
    with asana() as served:
        assert len(served.sandbox.truth(NOW - timedelta(days=200))["work_items"]) < len(
            served.sandbox.truth()["work_items"]
        )
