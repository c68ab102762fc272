"""Prefect's own command as a child of `vigie serve`: `python -m flows.serve.prefect_command PARENT WORD…`."""

from __future__ import annotations

import runpy
import sys

from warehouse.child import end_with
from warehouse.storage import private

if __name__ == "__main__":
    private.begin()
    end_with(int(sys.argv[1]))
    sys.argv = ["prefect", *sys.argv[2:]]
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)
