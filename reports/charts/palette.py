"""The colours of charts. A page gives each of them another one in the dark, by rules on these values.

None of them says anything alone: lines differ by dash and mark, areas by place, classes by their number.
"""

from __future__ import annotations

INK = "#1d2733"  # text
QUIET = "#5a6673"  # axes, and what is beside the point
GRID = "#dde2e7"
MEASURED = "#0b5394"  # what was counted
ESTIMATED = "#a64b00"  # what is estimated
BAND = "#f2c9a5"  # the interval of an estimate
OUTAGE = "#e9e4ee"  # when nothing was counted
BEFORE = "#6b7785"  # the year before
PAPER = "#ffffff"
# From little to much; text on the first three is INK, on the others PAPER.
CLASSES = ("#eef3f8", "#cfdfee", "#9fc0de", "#4d87bd", "#0b5394")

FONT = "system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"
