"""`/metrics` for Prometheus: what this process served, and how the syncs of the whole deployment stand."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from fastapi import Response

from app.api.latencies import line
from app.api.routing import needs, router
from app.api.service import TheService
from app.store import digests, runs, sources, states

routes = router("", "health")
_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@routes.get(
    "/metrics",
    summary="Numbers of the service itself, for Prometheus",
    response_class=Response,
    **needs("viewer", answers={200: {"content": {_MEDIA_TYPE: {"schema": {"type": "string"}}}}}),
)
def scrape(service: TheService) -> Response:
    with service.database.read() as connection:
        by_status = runs.count_by_status(connection)
        newest = runs.latest(connection)
        complete = states.complete_until(connection)
        unposted = digests.count_unposted(connection)
        names = {row.id: row.name for row in sources.every(connection)}
    now = service.clock.now()
    written = {
        names[source]: sum(int(stream.get("written", 0)) for stream in run.streams or [])
        for source, run in newest.items()
        if source in names
    }
    lags = {names[source]: _seconds(at, now) for source, at in complete.items() if at is not None and source in names}
    lines = [
        *service.latencies.lines(),
        *_gauge("prodops_sync_runs", "Sync runs by status.", "status", by_status),
        *_gauge("prodops_sync_records", "Records written by the newest run of a source.", "source", written),
        *_gauge("prodops_source_lag_seconds", "How long ago a source was complete.", "source", lags),
        "# HELP prodops_sync_queue_depth Sync runs that wait.",
        "# TYPE prodops_sync_queue_depth gauge",
        line("prodops_sync_queue_depth", {}, by_status.get("queued", 0)),
        "# HELP prodops_digests_unposted Digests whose latest message could not be posted before somebody acts.",
        "# TYPE prodops_digests_unposted gauge",
        line("prodops_digests_unposted", {}, unposted),
    ]
    return Response("\n".join([*lines, ""]), media_type=_MEDIA_TYPE)


def _seconds(at: datetime, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds())


def _gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
    for key, value in values.items():
        yield line(name, {label: key}, value)
