"""What the demo keeps between two starts, in one folder: its database, its keys and tokens, its sandboxes' ports."""

import os
import secrets
import socket
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from app.core.crypto import new_key
from connectors.sandboxes import TOOLS

_FILE = "demo.json"
_PEOPLE_OF_THE_FIRST = 60
"""The demo that had a Jira alone did not keep how many people its organisation has."""


@dataclass(frozen=True, slots=True)
class DemoHome:
    """One demo. `generated_at` is the instant that its organisation was generated for."""

    folder: Path
    secret_key: str
    admin_token: str
    generated_at: datetime
    ports: dict[str, int]
    """Of each tool's sandbox."""
    items: int
    people: int
    viewer_token: str | None = None
    told: bool = False
    """Whether the store knows what is said once: prices, events, what statuses mean."""

    @property
    def database_url(self) -> str:
        """The demo's own SQLite file."""
        return f"sqlite:///{self.folder / 'prodops.db'}"

    def save(self) -> None:
        """Keep it, readable by this user only: it holds the demo's secrets."""
        values = {key: value for key, value in asdict(self).items() if key != "folder"}
        path = self.folder / _FILE
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(values))


def open_home(folder: Path, now: datetime, *, items: int, people: int) -> DemoHome:
    """The demo in this folder, made if there is none; its sandboxes have ports that are free now."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / _FILE
    if path.exists():
        kept = _of_today(msgspec.json.decode(path.read_bytes()))
        kept["generated_at"] = datetime.fromisoformat(kept["generated_at"])
        home = DemoHome(folder=folder, **kept)
    else:
        home = DemoHome(
            folder=folder,
            secret_key=new_key(),
            admin_token=secrets.token_urlsafe(32),
            generated_at=now,
            ports={},
            items=items,
            people=people,
        )
    home = replace(home, ports={tool: _usable(home.ports.get(tool)) for tool in TOOLS})
    home.save()
    return home


def _of_today(kept: dict[str, Any]) -> dict[str, Any]:
    """What was kept, also by the demo that had a Jira alone: its organisation goes on, with three tools more."""
    if "sandbox_port" in kept:
        kept["ports"] = {"jira": kept.pop("sandbox_port")}
        kept["people"] = _PEOPLE_OF_THE_FIRST
    return kept


def _usable(port: int | None) -> int:
    """The port if it is free, else another one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port or 0))
        except OSError:
            return _usable(None)
        return int(probe.getsockname()[1])


def environment(home: DemoHome, port: int) -> dict[str, str]:
    """The settings of the demo's processes, with its service on this port."""
    return {
        **os.environ,
        "PRODOPS_DATABASE_URL": home.database_url,
        "PRODOPS_SECRET_KEYS": home.secret_key,
        "PRODOPS_ADMIN_TOKEN": home.admin_token,
        "PRODOPS_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
        "PRODOPS_PUBLIC_URL": os.environ.get("PRODOPS_PUBLIC_URL", f"http://localhost:{port}"),
        "PRODOPS_LOG_LEVEL": "warning",
    }
