"""Whatever a sync meets on its way, the store ends as the vendor's truth: nothing lost, nothing doubled."""

from collections.abc import Callable
from pathlib import Path

from app.core.db import Database
from connectors.jira.sandbox.dialect import Deployment
from tests.soak.scenario import Scenario


def test_after_faults_and_kills_the_store_is_the_truth(
    store: Database,
    seed: int,
    deployment: Deployment,
    share: int,
    tmp_path: Path,
    sqlite_template: Path,
    record_property: Callable[[str, object], None],
) -> None:
    scenario = Scenario(seed, deployment, store, tmp_path, sqlite_template)
    with scenario.served():
        while scenario.tally.total < share:
            before = scenario.tally.total
            for _ in range(6):
                scenario.disturb()
                if scenario.tally.total - before >= 15:
                    break
            scenario.recover()
            scenario.change_what_is_visible()
        scenario.disturb()
        scenario.recover()
    assert scenario.tally.total >= share
    record_property("soak", [dict(scenario.tally.met), dict(scenario.tally.runs)])
