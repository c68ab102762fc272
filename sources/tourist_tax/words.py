"""The numbers and words of the national deliberations file, and the codes by which tables name them."""

from __future__ import annotations

NATURE_IDS = {
    "1": "palace",
    "2": "hotel",
    "3": "residence",
    "4": "furnished",
    "5": "holiday_village",
    "6": "guest_room",
    "7": "motorhome_area",
    "8": "campsite",
    "9": "marina",
    "10": "unclassified",
    "11": "hostel",
}

CATEGORY_IDS = {
    "1": "palace",
    "2": "five_star",
    "3": "four_star",
    "4": "three_star",
    "5": "two_star",
    "6": "one_star",
    "7": "campsite_three_to_five_star",
    "8": "campsite_one_to_two_star",
    "9": "unclassified",
    # The file of 2019 numbered it so.
    "19": "unclassified",
}

REGIMES = {"réel": "actual", "forfaitaire": "flat_rate"}
