"""How personal data are kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from warehouse.office.part import Part

Days = Annotated[int, Field(ge=1)]


class Privacy(Part):
    """How personal data are kept."""

    plate_key_secret: str = Field(
        default="VIGIE_PLATE_KEY", description="Secret that keys the hash of plates."
    )
    archive_days: dict[str, Days] = Field(
        default_factory=dict,
        description="By source: days after which the bytes of its archived files are deleted, instead of "
        "what docs/data-protection.md says of each kind.",
    )
    personal_days: dict[str, Days] = Field(
        default_factory=dict,
        description="By source: days after which the personal columns of its raw tables are emptied, instead "
        "of what docs/data-protection.md says of each table.",
    )
    published_group: str | None = Field(
        default=None,
        min_length=1,
        description="Group of the machine whose members may read `published/`. Everything else in the home "
        "is for Vigie's account alone, which must be a member of the group.",
    )
    inbox_group: str | None = Field(
        default=None,
        min_length=1,
        description="Group of the machine whose members, such as the account of an SFTP server, may drop "
        "files in `inbox/<source>/`. Vigie's account must be a member of it.",
    )


class Keys(Part):
    """Privacy."""

    privacy: Privacy = Field(default=Privacy(), description="How personal data are kept.")
