"""The options that say how long the soak is and which, and the line that says what it met."""

from collections import Counter

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make soak` asks for a thousand."""
    parser.addoption("--soak-faults", type=int, default=30, help="How many faults and kills tests/soak has to meet.")
    parser.addoption("--soak-seed", type=int, default=0, help="The first seed: another one tells other stories.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    met: Counter[str] = Counter()
    runs: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "soak":
                met.update(value[0])
                runs.update(value[1])
    if met:
        told = ", ".join(f"{name} {times}" for name, times in sorted(met.items()))
        ended = ", ".join(f"{times} {status}" for status, times in sorted(runs.items()))
        terminalreporter.write_line(f"soak: {met.total()} faults and kills met ({told}); runs: {ended}")
