"""Writes the dashboards: `python -m grafana`, or `make docs`."""

from pathlib import Path

from grafana.build import written

for path, text in written().items():
    target = Path(__file__).parent / "dashboards" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")
