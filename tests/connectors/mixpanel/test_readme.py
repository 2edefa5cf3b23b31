"""The README says what the code has: its streams, settings and credentials."""

import re
from pathlib import Path
from typing import get_args

from connectors import mixpanel
from connectors.mixpanel import CONNECTOR
from connectors.mixpanel.config import MixpanelConfig, ProjectSecret, ServiceAccount

README = (Path(mixpanel.__file__).parent / "README.md").read_text("utf-8")


def first_cells(heading: str) -> list[str]:
    """What stands in backticks in the first column of the table under a heading."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def test_the_mapping_table_has_a_row_for_each_stream():
    assert first_cells("What becomes what") == [stream.name for stream in CONNECTOR.streams]


def test_the_settings_are_those_of_the_code():
    assert first_cells("Settings") == list(MixpanelConfig.model_fields)


def test_the_credentials_are_those_of_the_code():
    kinds = [get_args(one.model_fields["kind"].annotation)[0] for one in (ServiceAccount, ProjectSecret)]

    assert first_cells("Credentials") == kinds
