"""Finding connectors: the built-in ones always, foreign ones only if they fit."""

import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from connectors import registry
from connectors.kit.connector import KIT_VERSION, Access, Connector
from connectors.kit.hosts import HostPolicy
from connectors.kit.testing import Conformance
from connectors.push.connector import PushConfig, PushConnector


class Foreign(PushConnector):
    kind = "foreign"


class OfAnotherKit(PushConnector):
    kind = "outdated"
    kit_version = KIT_VERSION + 1


class TakenKind(PushConnector):
    kind = "jira"


class Incomplete:
    kit_version = KIT_VERSION
    kind = "incomplete"


@pytest.fixture(autouse=True)
def package() -> Iterator[None]:
    """Another distribution's module, as an entry point would name it."""
    module = ModuleType("some_foreign_package")
    for connector in (Foreign(), OfAnotherKit(), TakenKind(), Incomplete()):
        setattr(module, type(connector).__name__, connector)
    sys.modules[module.__name__] = module
    yield
    del sys.modules[module.__name__]


def entry(name: str, module: str = "some_foreign_package") -> EntryPoint:
    return EntryPoint(name=name.lower(), value=f"{module}:{name}", group=registry.GROUP)


def test_the_built_in_connectors_are_there():
    assert list(registry.load([]).connectors) == ["asana", "jira", "mixpanel", "push", "slack"]


@pytest.mark.parametrize("connector", registry.BUILT_IN, ids=lambda connector: connector.kind)
def test_each_is_held_to_the_whole_conformance_suite(connector: Connector):
    module = import_module(f"tests.connectors.{connector.kind}.test_conformance")
    classes = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]
    suites = [one for one in classes if issubclass(one, Conformance)]

    assert {suite.connector.kind for suite in suites} == {connector.kind}


def test_installed_packages_are_looked_at():
    assert registry.load().problems == ()


def test_a_connector_of_another_package_joins_them():
    found = registry.load([entry("Foreign")])

    assert isinstance(found.connectors["foreign"], Foreign)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (entry("OfAnotherKit"), f"is written for kit version {KIT_VERSION + 1}"),
        (entry("TakenKind"), "has the kind 'jira', which is taken"),
        (entry("Incomplete"), "lacks title, tool"),
        (entry("Missing"), "cannot be imported (AttributeError)"),
        (entry("Foreign", module="no_such_package"), "cannot be imported (ModuleNotFoundError)"),
    ],
)
def test_what_does_not_fit_is_reported_and_stops_nothing(broken: EntryPoint, problem: str):
    found = registry.load([broken, entry("Foreign")])

    assert list(found.connectors) == ["asana", "jira", "mixpanel", "push", "slack", "foreign"]
    assert len(found.problems) == 1
    assert problem in found.problems[0]
    assert broken.name in found.problems[0]


def test_a_push_source_is_always_ready_and_reports_under_its_tool():
    push = registry.load([]).connectors["push"]
    config = PushConfig(tool="Spreadsheet")
    access = Access(
        config=config,
        credentials=None,
        hosts=HostPolicy(push.hosts(config)),
        now=pytest.fail,
        sleep=pytest.fail,
        save_credentials=pytest.fail,
    )

    assert push.tool_name(config) == "Spreadsheet"
    assert [finding.status for finding in push.check(access)] == ["ok"]
    assert push.streams == ()


@pytest.mark.parametrize("tool", ["", " ", "x" * 65])
def test_a_push_source_needs_a_tool_of_1_to_64_characters(tool: str):
    with pytest.raises(ValueError, match="tool"):
        PushConfig(tool=tool)
