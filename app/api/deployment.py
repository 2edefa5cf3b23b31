"""The deployment's settings as they are at a version of the data: each change of them makes a new version."""

from anyio.to_thread import run_sync

from app.core.db import Database
from app.core.settings import Settings
from app.store import settings as store


class Deployment:
    """Reads what an admin changed once per version of the data. `environment` is what stands below it."""

    def __init__(self, database: Database, environment: Settings) -> None:
        self._database = database
        self.environment = environment
        self._held: tuple[int, Settings] = (-1, environment)

    async def settings(self, version: int) -> Settings:
        """The settings at that version of the data, or at a later one."""
        held = self._held
        if held[0] != version:
            held = version, await run_sync(self._read)
            self._held = held
        return held[1]

    def _read(self) -> Settings:
        with self._database.read() as connection:
            return store.effective(connection, self.environment)
