"""dbt's documentation with its lineage as one file for a browser, offline: python -m docs.lineage FILE."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from transforms.compiling import Dbt
from warehouse.storage.layout import DATABASE_NAME


def write_lineage(path: Path) -> None:
    """Write the page; nothing of an office is in it."""
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder)
        dbt = Dbt(aside / DATABASE_NAME, aside / "target", "en", keeps_json=True)
        dbt("docs", "generate", "--static", "--empty-catalog")
        path.write_bytes((aside / "target" / "static_index.html").read_bytes())


if __name__ == "__main__":
    write_lineage(Path(sys.argv[1]))
