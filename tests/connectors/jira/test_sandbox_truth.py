"""The sandbox's truth: told from the organisation, at any instant, without what nobody could have seen."""

import ast
from pathlib import Path

import pytest

import connectors.jira.sandbox.truth as module
from connectors.kit import records
from connectors.kit.organisation import instant, milliseconds
from tests.support.jira_sandbox import jira


def by_id(rows: list[records.Record]) -> dict[str, records.WorkItem]:
    return {row.external_id: row for row in rows if isinstance(row, records.WorkItem)}


def test_it_never_looks_at_what_the_sandbox_answers() -> None:
    tree = ast.parse(Path(module.__file__).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not imported & {f"connectors.jira.sandbox.{name}" for name in ("generated", "pages", "server", "histories")}


def test_it_agrees_with_the_answers_about_issues() -> None:
    with jira() as site:
        rows = by_id(site.sandbox.truth()["work_items"])
        assert rows.keys() == {str(item.id) for item in site.items()}
        for number in list(rows)[::40]:
            row, issue = rows[number], site.get(f"/rest/api/3/issue/{number}")
            fields = issue["fields"]
            assert (row.key_, row.title, row.status) == (issue["key"], fields["summary"], fields["status"]["id"])
            assert row.project == fields["project"]["id"]
            assert row.priority == fields["priority"]["name"]
            assert row.assignee == (fields["assignee"] and fields["assignee"]["accountId"])
            assert row.points == fields["customfield_10026"] or row.points == fields["customfield_10016"]


def test_it_changes_as_time_passes_and_can_be_asked_for_any_instant() -> None:
    with jira() as site:
        before, asked = site.sandbox.truth(), site.clock.now()
        site.clock.forward(days=7)
        after = site.sandbox.truth()
        assert len(after["work_items"]) > len(before["work_items"])
        assert len(after["transitions"]) > len(before["transitions"])
        assert site.sandbox.truth(asked) == before


def test_deleted_items_are_absent() -> None:
    with jira() as site:
        now = milliseconds(site.clock.now())
        gone = next(item for item in site.sandbox.organisation.items.values() if item.deleted and item.deleted < now)
        truth = site.sandbox.truth()
        assert str(gone.id) not in by_id(truth["work_items"])
        assert all(row.work_item != str(gone.id) for row in truth["transitions"] if isinstance(row, records.Transition))
        assert gone.deleted is not None
        assert str(gone.id) in by_id(site.sandbox.truth(instant(gone.deleted - 1))["work_items"])


def test_items_of_a_hidden_project_stay_as_they_were_last_seen() -> None:
    with jira() as site:
        before = by_id(site.sandbox.truth()["work_items"])
        site.sandbox.hide_project("SHOP")
        site.clock.forward(days=30)
        after = by_id(site.sandbox.truth()["work_items"])
        hidden = {key: row for key, row in before.items() if row.project == "10000" and after.get(key) == row}
        moved_out = {key for key, row in before.items() if row.project == "10000"} - hidden.keys()
        assert len(hidden) > 50
        assert all(after[key].project != "10000" for key in moved_out)
        assert {key for key, row in after.items() if row.project == "10000"} == hidden.keys()
        site.sandbox.show_project("SHOP")
        assert len(by_id(site.sandbox.truth()["work_items"])) > len(after)


def test_a_project_is_hidden_from_the_first_time_on_until_it_is_shown() -> None:
    with jira() as site:
        site.sandbox.hide_project("SHOP")
        before = site.sandbox.truth()["work_items"]
        site.sandbox.hide_project("SHOP")
        assert site.sandbox.truth()["work_items"] == before


def test_transitions_are_known_by_history_and_position_and_tell_how_automation_shows() -> None:
    with jira() as site:
        rows = [row for row in site.sandbox.truth()["transitions"] if isinstance(row, records.Transition)]
        assert len({row.external_id for row in rows}) == len(rows)
        told = {(row.automated, row.automated_by) for row in rows}
        assert told == {(None, None), (True, "account_kind"), (True, "rule_marker")}


def test_data_center_tells_automation_by_the_note_alone_and_names_bots_only_where_an_admin_does() -> None:
    with jira(deployment="datacenter") as site:
        rows = [row for row in site.sandbox.truth()["transitions"] if isinstance(row, records.Transition)]
        assert {row.automated_by for row in rows} == {None, "rule_marker"}
        plain = site.sandbox.truth()["accounts"]
        assert {row.kind for row in plain if isinstance(row, records.Account)} == {"unknown"}
        named = site.sandbox.truth(automation_accounts=["automation", "CI-ROBOT"])["accounts"]
        kinds = [row.kind for row in named if isinstance(row, records.Account)]
        assert kinds.count("bot") == 2
        assert set(kinds) == {"bot", "human"}


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
def test_activity_counts_everything_that_was_done(deployment: str) -> None:
    with jira(deployment=deployment) as site:
        now = milliseconds(site.clock.now())
        shares = [row for row in site.sandbox.truth()["activity"] if isinstance(row, records.ActivityOf)]
        counts = {event: sum(c for share in shares for _, e, _, c in share.days if e == event) for event in
                  ("change", "comment", "worklog")}  # fmt: skip
        assert counts == {
            "change": sum(len(item.happened(now)) for item in site.items()),
            "comment": sum(len(item.commented(now)) for item in site.items()),
            "worklog": sum(len(item.logged(now)) for item in site.items()),
        }
        assert all(list(share.days) == sorted(share.days) for share in shares)


def test_a_hidden_project_can_have_been_seen_last_some_time_before() -> None:
    with jira() as site:
        read = site.clock.now()
        before = {key: row for key, row in by_id(site.sandbox.truth()["work_items"]).items() if row.project == "10000"}
        site.clock.forward(days=10)
        site.sandbox.hide_project("SHOP", last_seen=read)
        after = {key: row for key, row in by_id(site.sandbox.truth()["work_items"]).items() if row.project == "10000"}
        assert after
        assert after.items() <= before.items()


def test_a_status_that_was_removed_since_the_first_sync_is_kept() -> None:
    with jira() as site:
        gone = next(status for status in site.sandbox.organisation.statuses.values() if status.removed is not None)
        assert gone.removed is not None
        names = {False: set[str](), True: set[str]()}
        for earlier, kept in names.items():
            since = instant(gone.removed - 1) if earlier else None
            rows = site.sandbox.truth(first_sync=since)["statuses"]
            kept |= {row.name for row in rows if isinstance(row, records.Status)}
        assert names[True] - names[False] == {gone.name}
