"""A table of ratios, as text and as Markdown are the same thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measured side: its figure, its ratio to another side, and the target of that ratio."""

    what: str
    figure: str
    ratio: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One benchmark's outcome. `remarks` is what a reader should know about these figures, whatever they are."""

    title: str
    conditions: str
    rows: list[Row]
    remarks: str = ""

    def text(self) -> str:
        """Markdown."""
        head = "| what | measured | ratio | target |\n| --- | --- | --- | --- |\n"
        lines = "".join(f"| {row.what} | {row.figure} | {row.ratio} | {row.target} |\n" for row in self.rows)
        remarks = f"{self.remarks}\n\n" if self.remarks else ""
        return f"## {self.title}\n\n{self.conditions}\n\n{head}{lines}\n{remarks}"
