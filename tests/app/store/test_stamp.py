"""The stamp sees every commit of every process at once."""

import asyncio

import pytest

from app.core.db import Database
from app.store import version
from app.store.stamp import StampReader, StampUnreadableError
from tests.support.clock import START


def test_a_commit_of_anybody_is_seen_by_the_next_read(db: Database) -> None:
    async def story() -> None:
        other = Database(db.url.render_as_string(hide_password=False))
        stamps = StampReader(db)
        seen = [await stamps.read()]
        for database in (db, other):
            with database.write() as connection:
                version.bump(connection, START)
            seen.append(await stamps.read())
            with database.write() as connection:
                version.bump_access(connection)
            seen.append(await stamps.read())
        assert [stamp.version - seen[0].version for stamp in seen] == [0, 1, 1, 2, 2]
        assert [stamp.access - seen[0].access for stamp in seen] == [0, 0, 1, 1, 2]
        assert seen[1].at == START
        await stamps.close()
        other.close()

    asyncio.run(story())


def test_reads_at_once_all_see_what_was_committed_before_them(db: Database) -> None:
    async def story() -> None:
        stamps = StampReader(db)
        before = (await stamps.read()).version
        for count in range(1, 4):
            under_way = [asyncio.create_task(stamps.read()) for _ in range(5)]
            await asyncio.sleep(0)
            with db.write() as connection:
                version.bump(connection, START)
            after = await asyncio.gather(*(stamps.read() for _ in range(5)))
            assert {stamp.version for stamp in after} == {before + count}
            await asyncio.gather(*under_way)
        await stamps.close()

    asyncio.run(story())


def test_a_database_that_cannot_be_read_is_told(tmp_path: object) -> None:
    async def story(url: str) -> None:
        database = Database(url)
        stamps = StampReader(database)
        with pytest.raises(StampUnreadableError):
            await stamps.read()
        await stamps.close()
        database.close()

    asyncio.run(story(f"sqlite:///{tmp_path}/empty.db"))
    asyncio.run(story(f"sqlite:///{tmp_path}/no such folder/x.db"))
    asyncio.run(story("postgresql://nobody@127.0.0.1:1/nothing"))
