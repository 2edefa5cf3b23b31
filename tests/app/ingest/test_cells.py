"""A broken row of CSV costs no other, wherever it stands."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from app.ingest.cells import LONGEST_LINE, rows

CELLS = st.lists(st.text(alphabet='ab",; \n', max_size=6), min_size=2, max_size=4)

BROKEN = ['x,"open', 'x,"a"b', '"', 'x,"a" ,c']


def read(text: str) -> list[tuple[int, list[str] | str]]:
    return list(rows(iter(list(enumerate(text.split("\n"), start=1)))))


def good(text: str) -> list[list[str]]:
    return [cells for _, cells in read(text) if isinstance(cells, list) and cells]


@given(st.lists(CELLS, min_size=1, max_size=5))
def test_what_a_writer_of_csv_writes_is_read(written: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([["one", "two"], *written])
    assert good(out.getvalue()) == [["one", "two"], *written]


@given(
    before=st.integers(0, 3), behind=st.integers(0, 3), broken=st.sampled_from(['x,"open', 'x,"a"b', '"', 'x,"a" ,c'])
)
def test_the_neighbours_of_a_broken_row_are_read(before: int, behind: int, broken: str) -> None:
    lines = ["a,b", *(["1,2"] * before), broken, *(['3,"4"'] * behind)]
    found = read("\n".join(lines))
    assert [cells for _, cells in found if isinstance(cells, list)] == (
        [["a", "b"], *([["1", "2"]] * before), *([["3", "4"]] * behind)]
    )
    assert [number for number, cells in found if isinstance(cells, str)] == [before + 2]


def test_a_line_break_in_a_quoted_cell_belongs_to_the_cell() -> None:
    assert read('a,b\n1,"two\nlines"\n3,4') == [(1, ["a", "b"]), (2, ["1", "two\nlines"]), (4, ["3", "4"])]


def test_a_quote_that_is_never_closed_swallows_nothing_however_much_is_behind_it() -> None:
    behind = [f"{number},fine" for number in range(5_000)]
    found = read("\n".join(["a,b", '0,"open', *behind]))
    assert [number for number, cells in found if isinstance(cells, str)] == [2]
    assert len(found) == len(behind) + 2


def test_a_line_that_was_too_long_to_be_kept_is_told_by_itself() -> None:
    lines = [(1, "a,b"), (2, '1,"open'), (3, None), (4, "3,4"), (5, f"{'x' * LONGEST_LINE},y"), (6, "5,6")]
    found = list(rows(iter(lines)))
    assert [number for number, cells in found if isinstance(cells, str)] == [2, 3, 5]
    assert [cells for _, cells in found if isinstance(cells, list)] == [["a", "b"], ["3", "4"], ["5", "6"]]


def test_the_header_says_what_separates_the_cells() -> None:
    assert good("a;b\n1;2,5") == [["a", "b"], ["1", "2,5"]]
    assert good("a\tb\n1\t2;5") == [["a", "b"], ["1", "2;5"]]
    assert good("a,b;c\n1,2") == [["a", "b;c"], ["1", "2"]]
