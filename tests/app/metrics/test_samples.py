"""The single values behind the numbers of groups, drawn for all of them at once."""

from datetime import timedelta

import pytest

from app.core.errors import InvalidError
from app.metrics.query import samples
from tests.support.metric_site import WEEK, Site
from tests.support.rows import history

HOUR = timedelta(hours=1)


def test_each_group_has_its_own_values_in_the_order_of_time(site: Site) -> None:
    hours = {"one": [5, 3, 8], "two": [1], "": [2, 7]}
    for project, taken in hours.items():
        for place, length in enumerate(taken):
            begun = WEEK[0] + (1 + 20 * place) * HOUR
            site.put(
                history(f"{project}{place}", begun, "active", (begun + length * HOUR, "done"), project=project or None)
            )
    drawn = samples(site.reader, site.settings, site.query("cycle_time", grain="total", group_by=("project",)))
    assert drawn is not None
    found = {project: (drawn.of({"project": project}).value / 3.6e9).tolist() for project in hours}
    assert found == hours
    with pytest.raises(InvalidError):
        drawn.of({"project": "three"})


def test_a_group_without_a_fact_in_the_window_has_none(site: Site) -> None:
    later = WEEK[1] + HOUR
    site.put(history("a", WEEK[0], "active", (WEEK[0] + HOUR, "done"), project="one"))
    site.put(history("b", later, "active", (later + HOUR, "done"), project="two"))
    drawn = samples(site.reader, site.settings, site.query("cycle_time", grain="total", group_by=("project",)))
    assert drawn is not None
    assert len(drawn.of({"project": "one"}).value) == 1
    assert len(drawn.of({"project": "two"}).value) == 0
