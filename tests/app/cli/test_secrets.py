"""A secret that passes through the whole service stands nowhere afterwards: no answer, log or row has it."""

import json
import signal
import time
from pathlib import Path

import httpx

from app.core.crypto import new_key
from tests.support.commands import PATIENCE, free_port, running
from tests.support.jira_sandbox import jira

ADMIN = "a-fake-admin-token-for-tests"
CANARIES = ("canary-token-of-the-check", "canary-token-of-the-source", "canary-token-of-the-change")


def test_a_secret_stands_nowhere(tmp_path: Path) -> None:
    port, key = free_port(), new_key()
    url = f"http://127.0.0.1:{port}"
    settings = {
        "PRODOPS_SECRET_KEYS": key,
        "PRODOPS_ADMIN_TOKEN": ADMIN,
        "PRODOPS_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
        "PRODOPS_LOG_LEVEL": "debug",
    }
    with (
        jira(20) as site,
        running(tmp_path, url, "serve", "--port", str(port), **settings) as process,
        httpx.Client(
            base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {ADMIN}"}, timeout=PATIENCE
        ) as client,
    ):
        said: list[str] = []

        def ask(method: str, path: str, body: object = None) -> httpx.Response:
            answer = client.request(method, path, json=body)
            said.append(f"{answer.headers}{answer.text}")
            return answer

        def source(token: str) -> dict[str, object]:
            given = {"kind": "api_token", "email": "sync@example.test", "token": token}
            return {"connector": "jira", "name": "Jira", "config": {"base_url": site.server.url}, "credentials": given}

        unsaved = {name: value for name, value in source(CANARIES[0]).items() if name != "name"}
        assert ask("POST", "/sources/check", unsaved).json()["ok"] is False
        made = ask("POST", "/sources", source(CANARIES[1])).json()["id"]
        ask("POST", "/sources", source(CANARIES[1]) | {"unknown": CANARIES[1]})
        ask("PUT", f"/sources/{made}/credentials", {"kind": "api_token", "email": "x", "token": CANARIES[2]})
        run = ask("POST", f"/sources/{made}/syncs", {"mode": "full"}).json()["id"]
        end = time.monotonic() + PATIENCE
        while ask("GET", f"/syncs/{run}").json()["finished_at"] is None:
            assert time.monotonic() < end
            time.sleep(0.2)
        assert ask("GET", f"/syncs/{run}").json()["error"]["kind"] == "auth"
        for path in (f"/sources/{made}", "/sources", "/audit", f"/syncs/{run}/rejects", "/connectors/jira"):
            assert ask("GET", path).status_code == 200
        process.send_signal(signal.SIGTERM)
        logged, _ = process.communicate(timeout=PATIENCE)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("prodops.db*"))
    assert json.dumps(site.server.url)[1:-1] in stored.decode("latin-1")
    assert "run.finished" in logged
    for secret in (*CANARIES, ADMIN, key):
        assert secret.encode() not in stored
        assert secret not in logged
        assert secret not in "".join(said)
