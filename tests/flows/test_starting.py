"""A command starts with what it needs and no more, and one that takes long says at once that it began."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.conftest import Life
from warehouse.storage.layout import Home

REPOSITORY = Path(__file__).parents[2]
HEAVY = (
    "apprise", "dbt", "dlt", "great_expectations", "holidays", "numpy", "openpyxl", "pandas", "prefect",
    "pyarrow", "requests", "scipy", "sqlalchemy", "vacances_scolaires_france", "vl_convert", "xlsxwriter",
)  # fmt: skip
# Runs the command in this process and prints, last, what it imported of the heavy ones.
IMPORTED = """
import sys
from flows.command.cli import main
heavy, sys.argv = sys.argv[1].split(","), ["vigie", *sys.argv[2:]]
try:
    main()
finally:
    sys.stderr.write("imported: " + ",".join(name for name in heavy if name in sys.modules))
"""
# Ends with 42 at the first import of a heavy one: what stands on the screen by then was said before it.
STOPPED = """
import os, sys
heavy = sys.argv[1].split(",")
class Stop:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in heavy:
            sys.stderr.flush()
            os._exit(42)
sys.meta_path.insert(0, Stop())
from flows.command.cli import main
sys.argv = ["vigie", *sys.argv[2:]]
main()
"""


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A program above on a command's arguments, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program, ",".join(HEAVY), *map(str, arguments)],
        cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["status"],
        ["incidents", "--all"],
        ["check"],
        ["figures", "2025"],
        ["sql", "SELECT * FROM marts.indicator"],
        ["sql", "--format", "json", "SELECT * FROM marts.indicator"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_a_command_that_only_looks_imports_nothing_heavy(
    life: Life, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIGIE_ALERT_STAFF", raising=False)
    given = arguments if arguments[0].startswith("-") else [*arguments, "--home", str(life.home.root)]
    done = run(IMPORTED, *given)
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == "imported: "


@pytest.mark.parametrize(
    "arguments",
    [["refresh"], ["demo"], ["serve"], ["backtest", "--from", "2025-05-01", "--to", "2025-05-02"]],
    ids=lambda arguments: arguments[0],
)
def test_a_command_that_takes_long_says_so_before_it_loads_what_takes_long(
    life: Life, door_home: Home, arguments: list[str]
) -> None:
    home = life.home if arguments[0] == "backtest" else door_home
    done = run(STOPPED, *arguments, "--home", home.root)
    assert done.returncode == 42, done.stderr
    assert str(home.root) in done.stderr
