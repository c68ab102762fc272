"""Draw docs/night.svg, the README's picture, from a home on which the demonstration was run.

python -m docs.picture HOME
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from demo.making import FIRST, OFFICES
from flows.command import console
from flows.command.comparing import compare
from warehouse.office.model import load_office
from warehouse.storage.layout import Home

YEAR = 2025
MOST_FIGURES = 24


def main(home: Home) -> None:
    """Show the open incidents, the first published figures beside those computed, and what was estimated."""
    drawn = console.Screen(record=True, width=150)
    console.out = drawn
    office = load_office(home.office_file)
    console.show_incidents(home, office)
    with console.published(home) as connection:
        compared = compare(connection, OFFICES / FIRST, office.language)
        console.show_comparisons(compared[:MOST_FIGURES], office.language)
        console.show_estimated(connection, YEAR, office.language)
    target = Path(__file__).with_name("night.svg")
    # The picture must show without fetching anything: no fonts from elsewhere.
    svg = re.sub(r"@font-face \{.*?\}", "", drawn.export_svg(title="vigie demo"), flags=re.DOTALL)
    target.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])))
