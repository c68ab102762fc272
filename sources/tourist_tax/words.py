"""The words of the tourist tax in files, and the codes that stand for them in tables.

Natures and categories are those of the national deliberations file, numbered as it numbers them.
"""

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

NATURES = {
    "palace": "palace",
    "hôtel": "hotel",
    "hôtel de tourisme": "hotel",
    "résidence de tourisme": "residence",
    "meublé": "furnished",
    "meublé de tourisme": "furnished",
    "village de vacances": "holiday_village",
    "chambre d'hôtes": "guest_room",
    "chambres d'hôtes": "guest_room",
    "aire de camping-cars": "motorhome_area",
    "camping": "campsite",
    "terrain de camping": "campsite",
    "port de plaisance": "marina",
    "sans classement": "unclassified",
    "auberge collective": "hostel",
}

CATEGORIES = {
    "palace": "palace",
    "5 étoiles": "five_star",
    "4 étoiles": "four_star",
    "3 étoiles": "three_star",
    "2 étoiles": "two_star",
    "village de vacances 4 et 5 étoiles": "two_star",
    "1 étoile": "one_star",
    "village de vacances 1, 2 et 3 étoiles": "one_star",
    "chambre d'hôtes": "one_star",
    "chambres d'hôtes": "one_star",
    "auberge collective": "one_star",
    "camping 3 à 5 étoiles": "campsite_three_to_five_star",
    "aire de camping-cars": "campsite_three_to_five_star",
    "camping 1 et 2 étoiles": "campsite_one_to_two_star",
    "port de plaisance": "campsite_one_to_two_star",
    "non classé": "unclassified",
    "sans classement": "unclassified",
    "en attente de classement": "unclassified",
}

REGIMES = {"réel": "actual", "forfaitaire": "flat_rate"}
