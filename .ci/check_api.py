"""Lets schemathesis judge the running service by its own OpenAPI document, with data in place, as each kind of caller.

Arguments that are given go to schemathesis, such as `--include-path /api/v1/teams`.
"""

import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import structlog
import uvicorn
from pydantic import SecretStr

sys.path.insert(0, str(Path(__file__).parent.parent))

from data_set import arrange, tell

from app.core.crypto import new_key
from app.core.db import Database
from app.core.settings import Settings
from app.main import create_app
from app.store import tokens
from app.store.migrate import migrate
from tests.support import talk
from tests.support.clock import ManualClock
from tests.support.commands import free_port

SEED = 20260331
AS_VIEWER = ("--phases", "fuzzing", "--max-examples", "4")
AS_ADMIN = ("--max-examples", "8")
ADMIN_TOKEN = "fake-admin-token-of-the-check"
CONFIG = Path(__file__).parent / "schemathesis.toml"


@contextmanager
def served(database: Database) -> Iterator[str]:
    """The service over a database, at the URL that it gives."""
    settings = Settings(
        database_url=database.url.render_as_string(hide_password=False),
        secret_keys=(SecretStr(new_key()),),
        admin_token=SecretStr(ADMIN_TOKEN),
        min_group=3,
        _env_file=None,
    )
    app = create_app(settings, clock=ManualClock(talk.NOW), database=database)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        url = f"http://127.0.0.1:{port}"
        httpx.Client(transport=httpx.HTTPTransport(retries=8)).get(f"{url}/readyz").raise_for_status()
        yield url
    finally:
        server.should_exit = True
        thread.join()


def judge(url: str, token: str, variables: dict[str, str], folder: str, arguments: list[str]) -> bool:
    """Whether schemathesis finds nothing as the caller with this token; it keeps what it learns in the folder."""
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        *("--config-file", str(CONFIG)),
        *("run", f"{url}/api/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {token}"),
        *("--seed", str(SEED), "--generation-database", "none", *arguments),
    ]
    return subprocess.run(command, check=False, cwd=folder, env={**os.environ, **variables}).returncode == 0


def main() -> int:
    """Exit status: 0 if nothing was found."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/prodops.db")
        migrate(database, talk.BEGIN)
        tell(database, SEED)
        with database.write() as connection:
            _, viewer = tokens.create(connection, name="viewer", role="viewer", now=talk.NOW)
        with served(database) as url:
            with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}) as client:
                variables = arrange(client)
            # The viewer first: the admin changes and deletes.
            viewer_finds_nothing = judge(url, viewer, variables, folder, [*AS_VIEWER, *sys.argv[1:]])
            admin_finds_nothing = judge(url, ADMIN_TOKEN, variables, folder, [*AS_ADMIN, *sys.argv[1:]])
        database.close()
    return 0 if viewer_finds_nothing and admin_finds_nothing else 1


if __name__ == "__main__":
    sys.exit(main())
