"""Prefect's own command as a child of `vigie serve`: `python -m flows.prefect_command PARENT ARGUMENT…`."""

from __future__ import annotations

import runpy
import sys

from warehouse import private
from warehouse.child import end_with

if __name__ == "__main__":
    private.begin()
    end_with(int(sys.argv[1]))
    sys.argv = ["prefect", *sys.argv[2:]]
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)
