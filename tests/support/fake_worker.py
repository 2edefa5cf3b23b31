"""A worker process over the fake vendor, to be killed. Arguments: database URL, key, seed, steps, order."""

import sys
import time

from app.core.crypto import Keyring
from app.core.db import Database
from app.ingest.runner import Runner
from app.ingest.worker import Worker
from app.store import dirty
from connectors.kit.stream import Order
from tests.support.clock import ManualClock
from tests.support.vendor import Vendor, VendorConnector


def marks(db: Database) -> int:
    """In place of the builder: the number of sources that have something to build."""
    with db.read() as connection:
        return len(dirty.sources(connection))


def main() -> None:
    url, key, seed, steps, order = sys.argv[1:]
    vendor = Vendor(seed=int(seed), order=Order(order), page_size=3)
    vendor.live(int(steps))
    vendor.before_answer = lambda call: time.sleep(0.005)
    runner = Runner(Database(url), {"fake": VendorConnector(vendor)}, Keyring([key]), ManualClock(vendor.now))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    Worker(runner, marks, heartbeat_every=0.05).run_next()


if __name__ == "__main__":
    main()
