"""Make the demonstration office's home: its office file and the raw files of its systems."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from warehouse.storage.layout import Home

FOLDER = Path(__file__).parent
SEED = 2025


def make(home: Home, seed: int = SEED) -> int:
    """Write office.yml, a key for plates, and the raw files of 2024 to 4 January 2026 into the inbox.

    Every module of this folder that has `generate(inbox, seed)` makes the files of its system. The same seed
    writes the same bytes. Returns the number of files in the inbox.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(FOLDER / "office.yml", home.office_file)
    home.secrets_file.touch(mode=0o600)  # whatever mask the caller has
    home.secrets_file.write_text("VIGIE_PLATE_KEY=demonstration only, not a secret\n", encoding="utf-8")
    for name in sorted(module.name for module in iter_modules([str(FOLDER)])):
        generate = getattr(import_module(f"demo.{name}"), "generate", None)
        if generate is not None:
            generate(home.inbox, seed)
    return sum(1 for path in home.inbox.rglob("*") if path.is_file())
