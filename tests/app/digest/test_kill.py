"""A sender that is killed between Slack and the ledger leaves one message."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from app.core.db import Database
from connectors.kit.sandbox import Request, Response
from tests.support.digest_site import Site, fill, site

ROOT = Path(__file__).parents[3]


def post_and_be_killed(here: Site, at: str = "chat.postMessage") -> None:
    """Run a sender in a process of its own, and kill it once Slack has done what it asks for `at` last."""
    settings = here.api.settings
    environment = {
        **os.environ,
        "PRODOPS_DATABASE_URL": settings.database_url,
        "PRODOPS_SECRET_KEYS": settings.secret_keys[0].get_secret_value(),
        "PRODOPS_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
        "PRODOPS_LOCALE": "en",
    }
    command = [sys.executable, "-m", "tests.app.digest.killed", here.clock.now().isoformat()]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as sender:

        def kill(request: Request) -> Response | None:
            if not request.path.endswith(at):
                return None
            taken = here.sandbox.respond(request)
            sender.kill()
            sender.wait(60)
            return taken

        here.slack.door.answer = kill
        _, complaint = sender.communicate(timeout=120)
    here.slack.door.answer = lambda request: None
    assert sender.returncode == -signal.SIGKILL, complaint.decode()


def test_the_next_sender_finds_the_message_and_writes_it_down(sqlite_db: Database) -> None:
    with site(sqlite_db) as here:
        fill(here.api)
        digest = here.digest()
        here.until_due()
        post_and_be_killed(here)
        [message] = here.posted()
        assert here.deliveries(digest)[0]["status"] == "sending"
        here.courier.deliver_due()
        assert here.deliveries(digest)[0]["status"] == "sending"
        here.clock.at += timedelta(minutes=11)
        here.courier.deliver_due()
        [delivery] = here.deliveries(digest)
        assert (delivery["status"], delivery["message"], delivery["attempts"]) == ("sent", message["ts"], 2)
        assert here.posted() == [message]


def test_a_sender_that_is_killed_before_it_posts_is_followed_by_one_that_does(sqlite_db: Database) -> None:
    with site(sqlite_db) as here:
        fill(here.api)
        digest = here.digest()
        here.until_due()
        post_and_be_killed(here, at="files.completeUploadExternal")
        assert here.posted() == []
        here.clock.at += timedelta(minutes=11)
        here.courier.deliver_due()
        here.courier.deliver_due()
        [message] = here.posted()
        [delivery] = here.deliveries(digest)
        assert (delivery["status"], delivery["message"], delivery["attempts"]) == ("sent", message["ts"], 2)


def test_where_the_channel_cannot_be_looked_through_nothing_is_sent_twice(sqlite_db: Database) -> None:
    with site(sqlite_db) as here:
        fill(here.api)
        digest = here.digest()
        here.until_due()
        post_and_be_killed(here)
        gate = here.sandbox.gate
        gate.keys = type(gate.keys)(scopes=gate.keys.scopes - {"channels:history"})
        here.clock.at += timedelta(minutes=11)
        here.courier.deliver_due()
        [delivery] = here.deliveries(digest)
        assert (delivery["status"], delivery["error"]["code"]) == ("failed", "missing_scope")
        assert len(here.posted()) == 1
