"""Walking pages: every item, in order, and an end whatever the vendor says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.errors import Transient
from connectors.kit.paging import EMPTY_PAGES, by_offset, by_token

Page = tuple[list[int], str | None]


@given(st.lists(st.lists(st.integers(), max_size=4), min_size=1, max_size=10))
def test_tokens_lead_through_every_page_to_the_absent_one(pages: list[list[int]]):
    def fetch(token: str | None) -> Page:
        number = int(token or 0)
        return pages[number], str(number + 1) if number + 1 < len(pages) else None

    walked = list(by_token(fetch, token=lambda page: page[1], items=lambda page: page[0], what="things"))

    assert [items for items, _ in walked] == pages


@pytest.mark.parametrize("circle", [1, 2, 5])
def test_a_token_that_comes_again_is_an_error_and_not_a_loop(circle: int):
    asked: list[str | None] = []

    def fetch(token: str | None) -> Page:
        asked.append(token)
        return [1], str(len(asked) % circle)

    with pytest.raises(Transient, match="repeats a page of things"):
        list(by_token(fetch, token=lambda page: page[1], items=lambda page: page[0], what="things"))

    assert len(asked) == circle + 1


def test_empty_pages_are_walked_over_but_not_for_ever():
    asked: list[str | None] = []

    def fetch(token: str | None) -> Page:
        asked.append(token)
        return [], str(len(asked))

    with pytest.raises(Transient, match="one empty page of things after another"):
        list(by_token(fetch, token=lambda page: page[1], items=lambda page: page[0], what="things"))

    assert len(asked) == EMPTY_PAGES + 1


def test_a_page_with_items_makes_empty_ones_harmless_again():
    pages = [[1], *([[]] * EMPTY_PAGES), [2], *([[]] * EMPTY_PAGES), [3]]

    def fetch(token: str | None) -> Page:
        number = int(token or 0)
        return pages[number], str(number + 1) if number + 1 < len(pages) else None

    walked = by_token(fetch, token=lambda page: page[1], items=lambda page: page[0], what="things")

    assert [item for items, _ in walked for item in items] == [1, 2, 3]


@given(st.lists(st.integers(), max_size=30), st.lists(st.integers(1, 7), min_size=1, max_size=30))
def test_offsets_advance_by_what_came_and_not_by_what_was_asked_for(things: list[int], caps: list[int]):
    asked: list[int] = []

    def fetch(offset: int) -> list[int]:
        asked.append(offset)
        return things[offset : offset + caps[len(asked) % len(caps)]]

    walked = by_offset(fetch, items=lambda page: page, last=lambda page, read: False)

    assert [thing for page in walked for thing in page] == things


def test_a_total_saves_the_empty_page_at_the_end():
    asked: list[int] = []

    def fetch(offset: int) -> list[int]:
        asked.append(offset)
        return [offset, offset + 1]

    list(by_offset(fetch, items=lambda page: page, last=lambda page, read: read >= 4))

    assert asked == [0, 2]
