"""The generated organisation: the same for the same seed, whole, and with everything that real ones suffer from."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit.organisation import Index, Item, Organisation, generate, instant, milliseconds
from connectors.kit.organisation.dice import Dice
from connectors.kit.organisation.hours import DAY, HOUR, WorkingHours

END = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


@cache
def organisation() -> Organisation:
    return generate(seed=5, end=END, items=1500)


def items_with(field: str) -> list[Item]:
    return [
        item
        for item in organisation().items.values()
        if any(step.field == field for change in item.changes for step in change.fields)
    ]


def digest_in_another_process(hash_seed: str) -> str:
    program = (
        "import hashlib; from datetime import datetime, UTC;"
        "from connectors.kit.organisation import generate;"
        "made = generate(seed=5, end=datetime(2026, 3, 2, 9, tzinfo=UTC), items=300);"
        "print(hashlib.sha256(repr(made).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_same_seed_gives_the_same_organisation_in_every_process() -> None:
    first = digest_in_another_process("1")
    assert len(first) == 64
    assert first == digest_in_another_process("2")


def test_another_seed_gives_another_organisation() -> None:
    assert generate(seed=1, end=END, items=50) != generate(seed=2, end=END, items=50)


@pytest.mark.parametrize(
    "sizes", [{"projects": 0}, {"projects": 99}, {"people": 1}, {"months": 0}, {"items": -1}, {"weeks_ahead": -1}]
)
def test_sizes_that_make_no_sense_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="An organisation has"):
        generate(seed=1, end=END, **sizes)


def test_as_many_items_as_asked_stand_before_today_and_more_come_after_it() -> None:
    created = [item.created for item in organisation().items.values()]
    assert sum(at <= organisation().end for at in created) == 1500
    assert sum(at > organisation().end for at in created) > 50
    assert list(organisation().items) == sorted(organisation().items)
    assert created == sorted(created)


def test_histories_follow_on_from_each_other_and_end_at_the_horizon() -> None:
    for item in organisation().items.values():
        state = item.state(item.created)
        known: dict[str, object] = {
            "status": state.status,
            "project": state.project,
            "key": state.key,
            "assignee": state.assignee,
        }
        last = item.created
        for change in item.changes:
            assert last <= change.at <= organisation().horizon
            last = change.at
            for step in change.fields:
                if step.field in known:
                    assert step.before == known[step.field]
                    assert step.before != step.after
                    known[step.field] = step.after
        ending = item.state(organisation().horizon)
        assert known == {name: getattr(ending, name) for name in known}


def test_history_ids_rise_with_time() -> None:
    changes = [change for item in organisation().items.values() for change in item.changes]
    by_id = sorted(changes, key=lambda change: change.id)
    assert len({change.id for change in changes}) == len(changes)
    assert [change.at for change in by_id] == sorted(change.at for change in changes)


def test_keys_are_unique_and_numbered_within_their_project() -> None:
    horizon = organisation().horizon
    keys = {item.state(horizon).key for item in organisation().items.values()}
    assert len(keys) == len(organisation().items)
    for item in organisation().items.values():
        state = item.state(horizon)
        assert state.key.startswith(f"{organisation().projects[state.project].key}-")


def test_people_work_on_working_days_and_queues_form_over_weekends() -> None:
    rules = {"automation"}
    at_work = total = 0
    for item in organisation().items.values():
        for change in item.changes:
            if change.actor not in rules and not change.by_rule and any(s.field == "status" for s in change.fields):
                local = instant(change.at).astimezone(PARIS)
                total += 1
                at_work += local.weekday() < 5 and 9 <= local.hour < 19
    assert total > 3000
    assert at_work / total > 0.97


def test_every_workflow_is_there_and_one_project_runs_its_own() -> None:
    projects = organisation().projects.values()
    assert {project.workflow for project in projects} == {"scrum", "kanban", "own", "support", "legacy"}
    own = next(project for project in projects if project.own_workflow)
    others = {status for project in projects if project is not own for status in project.statuses}
    assert not others & set(own.statuses)
    names = {organisation().statuses[status].name for status in own.statuses}
    assert names & {organisation().statuses[status].name for status in others}


def test_selected_for_development_counts_as_in_progress_for_the_tool_and_not_for_the_team() -> None:
    status = next(one for one in organisation().statuses.values() if one.name == "Selected for Development")
    assert (status.stage, status.meaning) == ("doing", "todo")


def test_reopened_items_lose_their_resolution_and_get_it_again() -> None:
    reopened = [
        item
        for item in items_with("resolution")
        if any(step.field == "resolution" and step.after is None for change in item.changes for step in change.fields)
    ]
    assert len(reopened) > 30
    assert any(item.state(organisation().horizon).resolved is not None for item in reopened)


def test_an_automation_rule_moves_cards_as_an_app_and_under_a_human_name() -> None:
    by_rule = [change for item in organisation().items.values() for change in item.changes if change.by_rule]
    kinds = {organisation().accounts[change.actor].kind for change in by_rule}
    assert kinds == {"app", "human"}
    assert {change.noted for change in by_rule} == {True, False}


def test_a_migration_swept_closed_items_into_another_closed_status() -> None:
    swept = [
        change
        for item in organisation().items.values()
        for change in item.changes
        if [(step.field, step.before, step.after) for step in change.fields] == [("status", "5", "6")]
    ]
    assert len(swept) > 50
    assert len({change.actor for change in swept}) == 1
    assert max(change.at for change in swept) - min(change.at for change in swept) < HOUR
    statuses = [item.state(organisation().horizon).status for item in organisation().items.values()]
    assert "5" not in statuses


def test_a_removed_status_stands_in_histories_and_nowhere_else() -> None:
    gone = next(status for status in organisation().statuses.values() if status.removed is not None)
    assert gone.removed is not None
    entered = [
        change.at
        for item in organisation().items.values()
        for change in item.changes
        for step in change.fields
        if step.field == "status" and step.after == gone.id
    ]
    assert entered
    assert max(entered) < gone.removed < organisation().end
    assert all(item.state(gone.removed).status != gone.id for item in organisation().items.values())


def test_moved_items_change_project_and_key_and_keep_their_id() -> None:
    moved = items_with("project")
    assert len(moved) >= 5
    for item in moved:
        change = next(change for change in item.changes if any(step.field == "project" for step in change.fields))
        before, after = item.state(change.at - 1), item.state(change.at)
        assert before.project != after.project
        assert before.key != after.key
        assert organisation().types[after.type].project in (None, after.project)


def test_some_items_are_deleted_and_none_of_them_is_a_parent() -> None:
    deleted = {item.id for item in organisation().items.values() if item.deleted is not None}
    parents = {item.start.parent for item in organisation().items.values()}
    assert len(deleted) > 10
    assert not deleted & parents


def test_some_items_have_more_than_forty_history_entries_most_of_them_not_about_status() -> None:
    long = [item for item in organisation().items.values() if len(item.happened(organisation().end)) > 40]
    assert len(long) > 10
    assert any(len([c for c in item.changes if any(s.field != "status" for s in c.fields)]) > 40 for item in long)


def test_some_items_go_straight_to_done_and_some_are_discarded() -> None:
    end = organisation().end
    straight = discarded = 0
    for item in organisation().items.values():
        state = item.state(end)
        if state.resolution is None:
            continue
        entered = [s.after for c in item.happened(end) for s in c.fields if s.field == "status"]
        stages = [organisation().statuses[str(status)].stage for status in entered]
        discarded += not organisation().resolutions[state.resolution].delivered
        straight += "doing" not in stages and organisation().resolutions[state.resolution].delivered
    assert straight > 10
    assert discarded > 10


def test_accounts_hide_mails_leave_and_are_erased() -> None:
    accounts = organisation().accounts.values()
    assert any(account.email_hidden for account in accounts)
    assert any(account.erased and not account.active(organisation().end) for account in accounts)
    assert {account.kind for account in accounts} == {"human", "bot", "app"}
    assert all(account.email.endswith("@example.test") for account in accounts)


def test_the_organisation_changes_as_time_passes() -> None:
    index = Index(organisation())
    before = index.at(organisation().end).generation
    assert index.at(organisation().end + 1).generation >= before
    assert index.at(organisation().end + 7 * 24 * HOUR).generation > before


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-60 * 24, 42 * 24), min_size=1, max_size=6))
def test_an_index_that_was_moved_equals_one_that_was_built(hours: list[int]) -> None:
    moved = Index(organisation())
    for offset in hours:
        at = organisation().end + offset * HOUR
        moved.at(at)
        built = Index(organisation()).at(at)
        assert moved.places == built.places
        assert moved.ids == built.ids
        assert moved.updates == built.updates


def test_the_index_holds_what_exists_where_it_is() -> None:
    at = organisation().end
    index = Index(organisation()).at(at)
    expected = {item.id: item for item in organisation().items.values() if item.exists(at)}
    assert index.places == {number: (item.state(at).project, item.updated(at)) for number, item in expected.items()}


def working_hours() -> WorkingHours:
    begin, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    return WorkingHours(milliseconds(begin), milliseconds(end), PARIS)


def local(*parts: int) -> int:
    return milliseconds(datetime(*parts, tzinfo=PARIS))  # type: ignore[arg-type, misc]


def test_work_goes_on_after_a_weekend_in_which_the_clocks_change() -> None:
    assert working_hours().after(local(2026, 3, 27, 17, 0), 2 * HOUR) == local(2026, 3, 30, 10, 0)


def test_a_fixed_holiday_is_no_working_day() -> None:
    assert working_hours().after(local(2026, 4, 30, 17, 0), 2 * HOUR) == local(2026, 5, 4, 10, 0)


def test_work_that_does_not_fit_ends_after_the_end() -> None:
    hours = working_hours()
    assert hours.after(local(2026, 5, 29, 9, 0), 30 * DAY) > milliseconds(datetime(2026, 6, 1, tzinfo=UTC))


@given(st.integers(0, 60 * 24 * 60), st.integers(0, 20 * 9 * 60))
def test_working_time_adds_up(minutes: int, work: int) -> None:
    hours = working_hours()
    at = milliseconds(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes))
    assert hours.worked(hours.after(at, work * 60_000)) == hours.worked(at) + work * 60_000


def test_dice_fall_as_often_as_they_should() -> None:
    dice = Dice(1)
    thrown = [dice.weighted((("often", 9), ("seldom", 1))) for _ in range(5000)]
    assert 0.87 < thrown.count("often") / 5000 < 0.93
    assert 0.9 < sum(dice.around(1000) for _ in range(20_000)) / 20_000 / 1000 < 1.1
    assert {dice.between(1, 3) for _ in range(200)} == {1, 2, 3}
