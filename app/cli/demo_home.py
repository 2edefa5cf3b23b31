"""What the demo keeps between two starts, in one folder: its database, its keys and tokens, its sandbox's address."""

import os
import secrets
import socket
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from app.core.crypto import new_key

_FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class DemoHome:
    """One demo. `generated_at` is the instant that its organisation was generated for."""

    folder: Path
    secret_key: str
    admin_token: str
    generated_at: datetime
    sandbox_port: int
    items: int
    viewer_token: str | None = None

    @property
    def database_url(self) -> str:
        """The demo's own SQLite file."""
        return f"sqlite:///{self.folder / 'prodops.db'}"

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox Jira listens."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    def with_viewer(self, token: str) -> "DemoHome":
        """The same, with the token that is shown at each start."""
        return replace(self, viewer_token=token)

    def save(self) -> None:
        """Keep it, readable by this user only: it holds the demo's secrets."""
        values = {key: value for key, value in asdict(self).items() if key != "folder"}
        path = self.folder / _FILE
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(values))


def open_home(folder: Path, now: datetime, items: int) -> DemoHome:
    """The demo in this folder, made if there is none; its sandbox has a port that is free now."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / _FILE
    if path.exists():
        kept = msgspec.json.decode(path.read_bytes())
        kept["generated_at"] = datetime.fromisoformat(kept["generated_at"])
        home = DemoHome(folder=folder, **kept)
        if not _is_free(home.sandbox_port):
            home = replace(home, sandbox_port=_free_port())
    else:
        home = DemoHome(
            folder=folder,
            secret_key=new_key(),
            admin_token=secrets.token_urlsafe(32),
            generated_at=now,
            sandbox_port=_free_port(),
            items=items,
        )
    home.save()
    return home


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def environment(home: DemoHome) -> dict[str, str]:
    """The settings of the demo's processes."""
    return {
        **os.environ,
        "PRODOPS_DATABASE_URL": home.database_url,
        "PRODOPS_SECRET_KEYS": home.secret_key,
        "PRODOPS_ADMIN_TOKEN": home.admin_token,
        "PRODOPS_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
        "PRODOPS_LOG_LEVEL": "warning",
    }
