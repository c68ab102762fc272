"""How far a file reaches beyond the rows that it holds: what it replaces of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sources.reading.fields import literal, quoted


@dataclass(frozen=True)
class Scope:
    """What a file replaces of a table beyond the rows that it holds: rows of before on these days.

    `same` are the texts of columns, one of which a row must have in each; `day` is the column of the day, and
    `days` the first and the last one of each period; without it all days. `is_cut` where some of what the
    file would replace keeps its rows of before, for rows of the file are in quarantine.
    """

    same: Mapping[str, tuple[str, ...]]
    day: str | None = None
    days: tuple[tuple[date, date], ...] = ()
    is_cut: bool = False

    @property
    def condition(self) -> str:
        """SQL that is true for the rows of it."""
        parts = [
            f"CAST({quoted(name)} AS VARCHAR) IN ({', '.join(map(literal, texts))})" if texts else "false"
            for name, texts in self.same.items()
        ]
        if self.day is not None:
            spans = [
                f"{quoted(self.day)} BETWEEN DATE '{first}' AND DATE '{last}'" for first, last in self.days
            ]
            parts.append(f"({' OR '.join(spans) or 'false'})")
        return " AND ".join(parts)
