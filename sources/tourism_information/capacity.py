"""Bed places: how many persons a lodging can hold. The number lives at another path for each type."""

from __future__ import annotations

from typing import NamedTuple

from sources.tourism_information.values import Node


class Capacity(NamedTuple):
    """Where a number of persons, rooms or pitches stands, and the bed places that one of them makes."""

    field: str
    beds_each: int


# The first field that is filled counts; a field with 0 is filled. `informations<Type>.capacite` holds them.
CAPACITIES: dict[str, tuple[Capacity, ...]] = {
    # Persons when the hotel gives them, else two a room: the rule of the neighbouring systems.
    "HOTELLERIE": (
        Capacity("nombreTotalPersonnes", 1),
        Capacity("nombreTotalPersonnesReel", 1),
        Capacity("nombreChambresDeclareesHotelier", 2),
        Capacity("nombreChambresClassees", 2),
    ),
    # The ordinary capacity before the one with extra beds.
    "HEBERGEMENT_LOCATIF": (
        Capacity("capaciteHebergement", 1),
        Capacity("capaciteMaximumPossible", 1),
    ),
    "HEBERGEMENT_COLLECTIF": (
        Capacity("capaciteTotale", 1),
        Capacity("capaciteTotaleReelle", 1),
        Capacity("capaciteTotaleClassee", 1),
    ),
    # Campsites have pitches and no beds: three bed places a pitch, the convention of INSEE.
    "HOTELLERIE_PLEIN_AIR": (
        Capacity("nombreEmplacementsDeclares", 3),
        Capacity("nombreEmplacementsClasses", 3),
    ),
}


def block(object_type: str) -> str:
    """The key of the part that only this type has: HOTELLERIE_PLEIN_AIR, informationsHotelleriePleinAir."""
    return "informations" + "".join(word.capitalize() for word in object_type.split("_"))


def bed_places(item: Node, object_type: str) -> tuple[int | None, str | None]:
    """Bed places of a lodging and the field (with its factor) that they come from; None when unknown."""
    for capacity in CAPACITIES[object_type]:
        count = item.at(block(object_type), "capacite", capacity.field).whole()
        if count is not None:
            factor = f" x {capacity.beds_each}" if capacity.beds_each != 1 else ""
            return count * capacity.beds_each, capacity.field + factor
    return None, None
