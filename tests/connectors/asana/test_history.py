"""A task's life from its stories: homes, rules, completion, and what nobody told."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.asana.history import Life, Rules, in_order
from connectors.asana.raw import FieldValue, Membership, Ref, Story, Task

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TODO, DOING, DONE = (Ref(gid=gid, name=name) for gid, name in (("1", "À faire"), ("2", "En cours"), ("3", "Terminé")))
OTHER = Ref(gid="9", name="Cette année")
RULES = Rules(projects={"100": "section", "200": "section"}, sections={"1": "100", "2": "100", "3": "100", "9": "200"})


def task(*places: tuple[str, Ref], completed: bool = False, **fields: Any) -> Task:
    memberships = [Membership(project=Ref(gid=project), section=section) for project, section in places]
    return Task(gid="7", completed=completed, memberships=memberships, **fields)


def story(number: int, subtype: str, **fields: Any) -> Story:
    at = BEGIN + timedelta(hours=number)
    return Story(gid=str(number), created_at=at, resource_subtype=subtype, **fields)


def moved(number: int, before: Ref, after: Ref) -> Story:
    return story(number, "section_changed", old_section=before, new_section=after)


def moves(life: Life) -> list[tuple[str, str, str]]:
    return [(move.story.gid, move.before, move.after) for move in life.moves]


def test_sections_tell_the_status():
    life = Life(task(("100", DONE)), [moved(1, TODO, DOING), moved(2, DOING, DONE)], RULES)

    assert moves(life) == [("1", "1", "2"), ("2", "2", "3")]
    assert (life.home, life.status) == ("100", "3")


def test_a_completed_task_is_finished_wherever_it_was_left():
    stories = [moved(1, TODO, DOING), story(2, "marked_complete"), story(3, "marked_incomplete")]

    assert moves(Life(task(("100", DOING)), stories, RULES))[1:] == [("2", "2", "completed"), ("3", "completed", "2")]
    assert Life(task(("100", DOING), completed=True), stories[:2], RULES).status == "completed"


def test_completing_in_a_section_that_is_an_end_is_no_second_end():
    stories = [moved(1, DOING, DONE), story(2, "marked_complete")]
    life = Life(task(("100", DONE), completed=True), stories, RULES)

    assert moves(life) == [("1", "2", "3")]
    assert life.status == "3"


def test_the_project_joined_first_is_home_until_it_is_left():
    stories = [
        story(1, "added_to_project", project=Ref(gid="200")),
        story(2, "added_to_project", project=Ref(gid="100")),
        moved(3, TODO, DOING),
        story(4, "removed_from_project", project=Ref(gid="200")),
    ]

    both = Life(task(("100", DOING), ("200", OTHER)), stories[:3], RULES)
    assert (both.home, both.status, moves(both)) == ("200", "9", [])
    left = Life(task(("100", DOING)), stories, RULES)
    assert (left.home, left.status) == ("100", "2")
    # Nothing tells in which section of the project it was that it never moved in.
    assert moves(left) == [("4", "incomplete", "2")]


def test_a_project_that_is_not_read_is_nobodys_home():
    rules = Rules(projects={"100": "section"}, sections=RULES.sections)
    stories = [
        story(1, "added_to_project", project=Ref(gid="200")),
        story(2, "added_to_project", project=Ref(gid="100")),
    ]

    life = Life(task(("200", OTHER), ("100", TODO)), stories, rules)
    assert (life.home, life.status, moves(life)) == ("100", "1", [])


def test_an_enum_field_tells_the_status_and_other_fields_do_not():
    rules = Rules(projects={"100": "55"}, sections=RULES.sections)
    low, high = Ref(gid="70", name="Low"), Ref(gid="71", name="High")
    doing, blocked = Ref(gid="80", name="Doing"), Ref(gid="81", name="Blocked")
    stories = [
        story(1, "enum_custom_field_changed", custom_field=Ref(gid="54"), old_enum_value=low, new_enum_value=high),
        story(2, "a_name_of_the_future", custom_field=Ref(gid="55"), new_enum_value=doing),
        story(3, "enum_custom_field_changed", custom_field=Ref(gid="55"), old_enum_value=doing, new_enum_value=blocked),
    ]
    fields = [FieldValue(gid="54", enum_value=high), FieldValue(gid="55", enum_value=blocked)]

    life = Life(task(("100", TODO), custom_fields=fields), stories, rules)
    assert moves(life) == [("2", "incomplete", "80"), ("3", "80", "81")]
    assert life.status == "81"


def test_a_task_without_a_project_has_no_status_but_completion():
    life = Life(task(completed=True), [story(1, "marked_complete")], RULES)

    assert (life.home, life.status, moves(life)) == (None, "completed", [("1", "incomplete", "completed")])


def test_a_section_that_was_deleted_belongs_to_the_project_of_the_other():
    gone = Ref(gid="66", name="Recette")
    life = Life(task(("100", DONE)), [moved(1, DOING, gone), moved(2, gone, DONE)], RULES)

    assert moves(life) == [("1", "2", "66"), ("2", "66", "3")]


def test_stories_of_one_instant_are_parted_by_their_gids():
    same = [Story(gid=gid, created_at=BEGIN) for gid in ("10", "9")]

    assert [one.gid for one in in_order(same)] == ["9", "10"]


_places = st.sampled_from([None, TODO, DOING, DONE, OTHER, Ref(gid="66", name="Recette")])
_projects = st.sampled_from([None, Ref(gid="100"), Ref(gid="200"), Ref(gid="300")])
_subtypes = st.sampled_from(
    ["section_changed", "added_to_project", "removed_from_project", "marked_complete", "marked_incomplete", "mystery"]
)
_stories = st.builds(
    Story,
    gid=st.integers(1, 10**6).map(str),
    created_at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    resource_subtype=_subtypes,
    project=_projects,
    old_section=_places,
    new_section=_places,
)


@given(
    st.lists(_stories, max_size=12), st.lists(st.tuples(st.sampled_from(["100", "200", "300"]), _places)), st.booleans()
)
def test_whatever_is_told_the_moves_join_up(stories: list[Story], places: list[tuple[str, Ref]], completed: bool):
    life = Life(task(*places, completed=completed), in_order(stories), RULES)

    assert all(move.before != move.after for move in life.moves)
    assert all(one.after == next_.before for one, next_ in zip(life.moves, life.moves[1:], strict=False))
    assert life.home in {None, "100", "200"}
