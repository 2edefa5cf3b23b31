"""The README names the streams and settings that the code has, and no others."""

import re
from pathlib import Path

import connectors.asana
from connectors.asana import CONNECTOR

TEXT = (Path(connectors.asana.__file__).parent / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> list[str]:
    """What stands in backticks in the first column of the table whose heading begins so."""
    lines = TEXT[TEXT.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [match.group(1) for line in lines if (match := re.match(r"\| `(\w+)`", line))]


def test_the_streams_are_those_of_the_code():
    assert table("record (stream)") == [stream.name for stream in CONNECTOR.streams]


def test_the_settings_are_those_of_the_code():
    assert table("setting") == list(CONNECTOR.Config.model_fields)
