"""A process that posts what is due; it is killed from outside the moment Slack has the message."""

import sys
from datetime import datetime

from app.core.db import Database
from app.core.settings import Settings
from app.digest.deliver import Courier
from app.digest.workspace import Tools
from app.facts.read import FactsReader
from tests.support.clock import ManualClock


def main() -> None:
    """The database, the keys and the hosts come from the environment; the instant is the argument."""
    settings = Settings()
    clock = ManualClock(datetime.fromisoformat(sys.argv[1]))
    database = Database(settings.database_url)
    Courier(database, FactsReader(database), Tools(clock, settings.keyring(), settings)).deliver_due()


if __name__ == "__main__":
    main()
