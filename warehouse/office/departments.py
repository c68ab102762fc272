"""The departments and territories of France by their code, and where their holidays differ."""

from __future__ import annotations

# Mainland and Corsica: 01 to 95 without 20, which became 2A and 2B.
MAINLAND = frozenset([f"{n:02d}" for n in range(1, 96) if n != 20])
CORSICA = frozenset(["2A", "2B"])

# Where other days are public holidays than elsewhere: the subdivision that python-holidays knows them by.
HOLIDAY_SUBDIVISIONS = {
    "57": "57", "67": "6AE", "68": "6AE",
    "971": "971", "972": "972", "973": "973", "974": "974", "975": "PM", "976": "976", "977": "BL",
    "978": "MF", "984": "TF", "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip
OVERSEAS = frozenset(HOLIDAY_SUBDIVISIONS) - MAINLAND

DEPARTMENTS = MAINLAND | CORSICA | OVERSEAS
# The ministry's zones A, B and C leave these out: their school years are decreed apart.
OWN_SCHOOL_CALENDAR = CORSICA | OVERSEAS
