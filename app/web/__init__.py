"""The pages: one module a page, its template of the same name beside the others."""

from app.web import account, charts, overview, sign_in, static, welcome

ROUTERS = (static.routes, sign_in.routes, welcome.routes, account.routes, overview.routes, charts.routes)
