"""What the connector reads over HTTP is what is true about the organisation."""

import ast
from pathlib import Path

import pytest

import connectors.slack.sandbox.truth as module
from connectors.kit import records
from connectors.kit.organisation import milliseconds
from connectors.kit.reading import key_of, read_all
from connectors.kit.records import Record
from connectors.kit.stream import Since
from connectors.slack.sandbox.messages import WORDS
from tests.support.slack_workspace import Served, slack


def read(workspace: Served, *, user: bool, **config: object) -> dict[str, list[Record]]:
    with workspace.connector.open(workspace.access(user=user, **config)) as api:
        rows = read_all(workspace.connector, api)
    named = {"member_days": "usage_days", "access_days": "usage_days", "usage_days": "activity"}
    return {named.get(name, name): list(found.values()) for name, found in rows.items() if found}


def in_order(rows: dict[str, list[Record]]) -> dict[str, list[Record]]:
    return {name: sorted(found, key=key_of) for name, found in rows.items()}


def test_the_truth_never_looks_at_what_the_sandbox_answers() -> None:
    tree = ast.parse(Path(module.__file__).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not imported & {f"connectors.slack.sandbox.{name}" for name in ("server", "messages", "gate")}


@pytest.mark.parametrize("private", [False, True])
def test_a_bot_token_alone_reads_all_but_what_an_admin_may_know(private: bool) -> None:
    with slack() as workspace:
        truth = workspace.sandbox.truth(include_private=private)
        workspace.sandbox.analytics = False
        told = workspace.sandbox.truth(include_private=private)

        assert in_order(read(workspace, user=False, include_private=private)) == in_order(
            {name: rows for name, rows in told.items() if name not in ("seats", "usage_days")}
        )
        assert "usage_days" in truth


def test_a_large_plan_with_a_user_token_reads_everything_and_counts_no_message() -> None:
    with slack() as workspace:
        assert in_order(read(workspace, user=True)) == in_order(workspace.sandbox.truth())


def test_without_the_file_a_user_token_reads_who_was_there_and_messages_are_counted() -> None:
    with slack(analytics=False) as workspace:
        rows = in_order(read(workspace, user=True))
        assert rows == in_order(workspace.sandbox.truth())

    wrote = {
        (who, day) for row in rows["activity"] if isinstance(row, records.ActivityOf) for who, _, day, _ in row.days
    }
    assert {(row.account, row.day) for row in rows["usage_days"] if isinstance(row, records.UsageDay)} - wrote


def test_under_the_limit_of_2025_the_same_is_read_more_slowly() -> None:
    with slack(limits="2025", exchanges=40) as workspace:
        begun = workspace.clock.now()

        rows = in_order(read(workspace, user=False))

        workspace.sandbox.analytics = False
        now = workspace.clock.now()
        first, last = workspace.sandbox.truth(begun), workspace.sandbox.truth(now)
        # Time passes while it waits: a thread is as it was at some instant between the beginning and the end.
        known = {key_of(row) for row in last["conversations"]}
        assert (
            {key_of(row) for row in first["conversations"]} <= {key_of(row) for row in rows["conversations"]} <= known
        )
        assert (now - begun).total_seconds() > 60 * 10


def test_the_organisation_shows_what_a_connector_must_tell_apart() -> None:
    with slack() as workspace:
        workspace.sandbox.analytics = False
        truth = workspace.sandbox.truth()
        accounts = [row for row in truth["accounts"] if isinstance(row, records.Account)]
        threads = [row for row in truth["conversations"] if isinstance(row, records.Conversation)]
        names = {mark.name for row in threads for mark in row.marks}

        assert {row.kind for row in accounts} == {"human", "bot", "app"}
        assert not all(row.active for row in accounts)
        assert any(row.first_reply_at for row in threads)
        assert any(row.messages > 1 and row.first_reply_at is None for row in threads)
        assert any(row.automated_messages for row in threads)
        assert {"warning", "white_check_mark", "+1"} <= names
        assert not any("::" in name for name in names)


def test_the_same_people_have_other_accounts_and_some_have_another_address() -> None:
    with slack() as workspace:
        people = {one.name: one for one in workspace.sandbox.facts.organisation.accounts.values()}
        rows = [row for row in workspace.sandbox.truth()["accounts"] if isinstance(row, records.Account)]
        humans = [row for row in rows if row.kind == "human"]
        same = [row for row in humans if (row.email or "").casefold() == people[row.display_name or ""].email]

        assert 0.5 * len(humans) < len(same) < len(humans)
        assert not {row.external_id for row in humans} & set(workspace.sandbox.facts.organisation.accounts)


def test_no_word_of_any_message_leaves_the_connector() -> None:
    with slack() as workspace:
        rows = read(workspace, user=False, include_private=True)
        with workspace.connector.open(workspace.access()) as api:
            stream = next(one for one in workspace.connector.streams if one.name == "conversations")
            assert stream.fetch is not None
            items = [
                item
                for scope in workspace.connector.scopes(api)
                for page in stream.fetch(api, scope, Since())
                for item in page.items
            ]

        assert items
        assert WORDS not in repr(rows) + repr(items)


def test_later_instants_know_more() -> None:
    with slack() as workspace:
        before = workspace.sandbox.truth()["conversations"]
        workspace.clock.forward(days=14)

        assert len(workspace.sandbox.truth()["conversations"]) > len(before)
        assert workspace.sandbox.facts.organisation.horizon > milliseconds(workspace.clock.now())
