"""Make a demonstration office's home: its office file and the raw files of its systems.

A folder of this one that has an office.yml is an office: `layouts/` of its own, `published.csv` and
`quality-manual.csv` (what it published), and modules with `generate`, which make the files of its systems.
"""

from __future__ import annotations

import csv
import shutil
from datetime import date
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from warehouse.storage.layout import Home

OFFICES = Path(__file__).parent
SEED = 2025
FIRST = "auch"  # the office that is meant where none is named
NIGHT = (1, 5)  # of January: by then the files of the year before have come


def offices() -> list[str]:
    """The codes of the demonstration offices, in order."""
    return sorted(path.parent.name for path in OFFICES.glob("*/office.yml"))


def night_of(office: str) -> date:
    """The day of an office's night: 5 January after the last year of which it published figures."""
    years = set()
    for path in sorted((OFFICES / office).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            columns = reader.fieldnames or ()
            years |= {int(name[1:]) for name in columns if name[0] == "y" and name[1:].isdigit()}
            years |= {int(row["period"][:4]) for row in reader if "period" in row}
    return date(max(years) + 1, *NIGHT)


def make(home: Home, office: str = FIRST, seed: int = SEED) -> int:
    """Write office.yml, a key for plates, and the raw files of all years until the night into the inbox.

    Every module of the office's folder that has `generate(inbox, seed)` makes the files of its system. The
    same seed writes the same bytes. Returns the number of files in the inbox.
    """
    folder = OFFICES / office
    home.root.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / "office.yml", home.office_file)
    if (folder / "layouts").is_dir():
        shutil.copytree(folder / "layouts", home.root / "layouts", dirs_exist_ok=True)
    home.secrets_file.touch(mode=0o600)  # whatever mask the caller has
    home.secrets_file.write_text("VIGIE_PLATE_KEY=demonstration only, not a secret\n", encoding="utf-8")
    for name in sorted(module.name for module in iter_modules([str(folder)])):
        generate = getattr(import_module(f"demo.{office}.{name}"), "generate", None)
        if generate is not None:
            generate(home.inbox, seed)
    return sum(1 for path in home.inbox.rglob("*") if path.is_file())
