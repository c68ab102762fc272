"""How the office opens its data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from warehouse.office.part import Part


class OpenData(Part):
    """What `vigie export open-data` says of the package beside its figures."""

    licence: Literal["etalab-2.0", "ODbL-1.0"] = Field(
        default="etalab-2.0",
        description="Licence of the package, by its SPDX code: etalab-2.0 (Licence Ouverte) or ODbL-1.0, the "
        "two that French administrations may use.",
    )
    contact: str | None = Field(
        default=None, min_length=3, description="Address that people who reuse the data may write to."
    )

    address: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#<>\"{}|\\^`]+(/[^\s?#<>\"{}|\\^`]*)?$",
        description="Address of the folder in which the package is published, such as "
        "https://data.office.example/open: catalogues are told by it where each file lies (dcat.jsonld). "
        "Without it, addresses are relative, and a catalogue needs that of the file that it reads.",
    )


class Keys(Part):
    """Open data."""

    open_data: OpenData = Field(default=OpenData(), description="How the office opens its data.")
