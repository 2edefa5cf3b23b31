"""What pages keep: as much as fits, and nothing of another service."""

from pathlib import Path

from sqlalchemy import update

from app.models.people import team
from app.web.kept import Kept
from tests.app.web.test_dashboard import furnished, service

__all__ = ["furnished"]


class Maker:
    """Makes texts of a length, and notes which."""

    def __init__(self, most: int) -> None:
        self.kept = Kept[str](most, len)
        self.made: list[str] = []

    def get(self, name: str, length: int) -> str:
        def make() -> str:
            self.made.append(name)
            return name * length

        return self.kept.get(name, make)


def test_what_was_asked_for_longest_ago_leaves_when_all_is_full() -> None:
    maker = Maker(10)
    for name, length in (("a", 4), ("b", 3), ("a", 4), ("c", 3), ("d", 3)):
        assert maker.get(name, length) == name * length
    assert maker.made == ["a", "b", "c", "d"]
    for name, length in (("a", 4), ("c", 3), ("d", 3), ("b", 3)):
        assert maker.get(name, length) == name * length
    assert maker.made == ["a", "b", "c", "d", "b"]


def test_what_is_larger_than_all_that_is_kept_is_made_each_time() -> None:
    maker = Maker(3)
    assert maker.get("a", 4) == maker.get("a", 4) == "aaaa"
    assert maker.made == ["a", "a"]


def test_two_services_of_a_process_keep_their_numbers_apart(furnished: Path, tmp_path: Path) -> None:
    address = "/charts/bars.json?metric=throughput&group_by=team"
    with service(furnished, tmp_path / "one.db") as one, service(furnished, tmp_path / "other.db") as other:
        with other.database.write() as connection:
            connection.execute(update(team).values(name=team.c.name + " of another"))
        for browser, named in ((one, False), (other, True)):
            browser.sign_in()
            assert ("of another" in browser.get(address).text) is named
