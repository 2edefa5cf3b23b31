"""`/healthz` and `/readyz`: what a load balancer and an operator ask."""

from typing import Literal

from anyio.to_thread import run_sync
from fastapi import Response
from pydantic import BaseModel, Field

from app.api.routing import open_to_all, router
from app.api.service import Service, TheService
from app.store.migrate import is_migrated

routes = router("", "health")


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class ReadyCheck(BaseModel):
    """One thing that must be in order."""

    name: str
    status: Literal["ok", "error"]
    detail: str
    remedy: str = ""


class Ready(BaseModel):
    """Whether requests can be served."""

    ready: bool
    checks: list[ReadyCheck] = Field(description="Each thing that must be in order.")


@routes.get("/healthz", summary="Is the process alive?", **open_to_all())
async def alive() -> Alive:
    return Alive()


@routes.get("/readyz", summary="Can requests be served? 503 if not", **open_to_all())
async def ready(service: TheService, response: Response) -> Ready:
    checks = [await run_sync(_database, service), _keys(service)]
    answer = Ready(ready=all(check.status == "ok" for check in checks), checks=checks)
    if not answer.ready:
        response.status_code = 503
    return answer


def _database(service: Service) -> ReadyCheck:
    if is_migrated(service.database):
        return ReadyCheck(name="database", status="ok", detail="The database is reachable and migrated.")
    return ReadyCheck(
        name="database",
        status="error",
        detail="The database cannot be reached, or does not hold the tables of this version.",
        remedy="Check PRODOPS_DATABASE_URL, then run 'prodops migrate'.",
    )


def _keys(service: Service) -> ReadyCheck:
    if service.keyring:
        return ReadyCheck(name="keys", status="ok", detail="Secret keys are loaded.")
    return ReadyCheck(
        name="keys",
        status="error",
        detail="No secret key is set: credentials cannot be stored.",
        remedy="Set PRODOPS_SECRET_KEYS.",
    )
