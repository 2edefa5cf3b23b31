"""Other work of the same people: an organisation rarely does the same work in two tools."""

from dataclasses import replace
from datetime import timedelta

from connectors.kit.organisation import Organisation, generate, instant

_MONTH = timedelta(days=30, hours=10)


def portfolio(organisation: Organisation, *, seed: int, items: int = 400, projects: int = 3) -> Organisation:
    """What the people of an organisation do in a second tool, over the same time; teams and accounts are the same."""
    begin, end, horizon = (instant(at) for at in (organisation.begin, organisation.end, organisation.horizon))
    other = generate(
        seed=seed,
        end=end,
        items=items,
        months=max(round((end - begin) / _MONTH), 1),
        projects=projects,
        people=sum(one.kind == "human" for one in organisation.accounts.values()),
        weeks_ahead=round((horizon - end) / timedelta(weeks=1)),
    )
    return replace(other, accounts=organisation.accounts, teams=organisation.teams)
