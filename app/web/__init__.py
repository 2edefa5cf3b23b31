"""The pages: one module a page, its template of the same name beside the others."""

from app.web import (
    account,
    admin,
    charts,
    communication,
    data_health,
    digest,
    facts,
    flow,
    launches,
    maturity,
    metric,
    overview,
    shares,
    sign_in,
    static,
    tools,
    welcome,
)

ROUTERS = (
    static.routes, sign_in.routes, welcome.routes, account.routes, overview.routes, flow.routes,
    tools.routes, communication.routes, launches.routes, data_health.routes, maturity.routes, metric.routes,
    facts.routes, digest.routes, shares.routes, charts.routes,
    *admin.ROUTERS,
)  # fmt: skip
