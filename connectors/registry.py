"""The connectors installed: the built-in ones, and those that other packages bring."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from connectors import asana, jira, mixpanel, push, slack
from connectors.kit.connector import KIT_VERSION, Connector

GROUP = "prodops.connectors"
"""The entry-point group; each entry names a `Connector` object."""

BUILT_IN: tuple[Connector, ...] = (
    asana.CONNECTOR,
    jira.CONNECTOR,
    mixpanel.CONNECTOR,
    push.CONNECTOR,
    slack.CONNECTOR,
)

_NEEDED = (
    *("kind", "title", "tool", "docs_url", "Config", "Credentials", "streams"),
    *("tool_name", "hosts", "open", "check", "scopes", "offered_scopes"),
)


@dataclass(frozen=True, slots=True)
class Registry:
    """Connectors by kind, and a sentence for each entry point that could not be used."""

    connectors: Mapping[str, Connector]
    problems: tuple[str, ...] = ()


def load(found: Iterable[EntryPoint] | None = None) -> Registry:
    """Every usable connector. A broken or incompatible entry point is a problem to report, never fatal.

    `found` replaces the entry points of the installed packages.
    """
    connectors = {connector.kind: connector for connector in BUILT_IN}
    problems: list[str] = []
    for entry in entry_points(group=GROUP) if found is None else found:
        try:
            connector: Connector = entry.load()
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything, and must not stop the service
            problems.append(f"The connector '{entry.name}' cannot be imported ({type(error).__name__}).")
            continue
        problem = _problem(entry.name, connector, connectors)
        if problem is None:
            connectors[connector.kind] = connector
        else:
            problems.append(problem)
    return Registry(MappingProxyType(connectors), tuple(problems))


def _problem(name: str, connector: Connector, taken: Mapping[str, Connector]) -> str | None:
    version = getattr(connector, "kit_version", None)
    if version != KIT_VERSION:
        return f"The connector '{name}' is written for kit version {version}; this service has version {KIT_VERSION}."
    missing = [attribute for attribute in _NEEDED if not hasattr(connector, attribute)]
    if missing:
        return f"The connector '{name}' lacks {', '.join(missing)}."
    if connector.kind in taken:
        return f"The connector '{name}' has the kind '{connector.kind}', which is taken."
    return None
