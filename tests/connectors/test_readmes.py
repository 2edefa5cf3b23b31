"""Each connector's page names the streams, settings and credentials that its code has, and no others."""

import re
from pathlib import Path
from typing import get_args

import pytest

from connectors import registry
from connectors.kit.connector import Connector

ROOT = Path(registry.__file__).parent
every_connector = pytest.mark.parametrize("connector", registry.BUILT_IN, ids=lambda connector: connector.kind)


def text_of(connector: Connector) -> str:
    return (ROOT / connector.kind / "README.md").read_text(encoding="utf-8")


def first_cells(table: str) -> list[str]:
    """The first name in backticks of each row."""
    return re.findall(r"^\| `(\w+)`", table, re.MULTILINE)


def table(text: str, heading: str) -> str:
    """The rows under a table's head that begins so."""
    found = re.search(rf"^\| {heading}\b[^\n]*\n\| ---[^\n]*\n((?:\|[^\n]*\n)*)", text, re.MULTILINE)
    assert found is not None, f"There is no table of {heading}s."
    return found[1]


def models_of(credentials: object) -> list[type]:
    """The models of a union, or the only one."""
    if isinstance(credentials, type):
        return [credentials]
    inner = get_args(credentials)
    return [model for one in inner for model in models_of(one)] if inner else []


@every_connector
def test_the_mapping_table_has_a_row_for_each_stream_and_no_other(connector: Connector) -> None:
    mapping = text_of(connector).partition("## What becomes what\n")[2].partition("\n## ")[0]
    assert sorted(first_cells(table(mapping, "(?:record|stream)"))) == sorted(one.name for one in connector.streams)


@every_connector
def test_the_table_of_settings_has_a_row_for_each_field_and_no_other(connector: Connector) -> None:
    assert sorted(first_cells(table(text_of(connector), "setting"))) == sorted(connector.Config.model_fields)


@every_connector
def test_every_field_of_the_credentials_is_named(connector: Connector) -> None:
    named = set(re.findall(r'[`"](\w+)[`"]', text_of(connector)))
    for model in models_of(connector.Credentials):
        fields = set(model.model_fields) - {"kind"}
        kinds = set(get_args(model.model_fields["kind"].annotation)) if fields else set()
        assert fields | kinds <= named, model.__name__


@every_connector
def test_it_says_what_to_grant_and_what_is_not_read(connector: Connector) -> None:
    text = text_of(connector)
    gaps = text.partition("## Known gaps\n")[2].partition("\n## ")[0]
    assert re.search(r"^\|.*to grant", text, re.MULTILINE)
    assert gaps.count("\n* ") >= 1
