"""How much a ZIP (a workbook is one) may unpack to before it is a bomb."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.errors import RefusedDeliveryError
from warehouse.words.messages import say

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """How much a ZIP may hold, by what it declares."""

    entries: int
    member_bytes: int
    total_bytes: int
    # Indented JSON and XML shrink 10 to 40 times; a small file may shrink more. A mebibyte of empty objects
    # takes 200 MB once it is parsed.
    ratio: int = 200
    ratio_above_bytes: int = MEBIBYTE


# Ten times what Apidae's largest projects (100,000 objects) need; a million rows of a workbook.
EXPORT = Limits(entries=300_000, member_bytes=512 * MEBIBYTE, total_bytes=4096 * MEBIBYTE)
WORKBOOK = Limits(entries=10_000, member_bytes=512 * MEBIBYTE, total_bytes=1024 * MEBIBYTE)


def refuse_bomb(
    members: Sequence[zipfile.ZipInfo], packed_bytes: int, limits: Limits, name: str, language: str = "fr"
) -> None:
    """Raise RefusedDeliveryError for a ZIP of too many members, or that unpacks to too much."""
    if len(members) > limits.entries:
        raise RefusedDeliveryError(
            say("refused.zip_entries", language, file=name, count=len(members), most=limits.entries)
        )
    total = sum(member.file_size for member in members)
    largest = max((member.file_size for member in members), default=0)
    is_dense = total > limits.ratio_above_bytes and total > limits.ratio * packed_bytes
    if largest > limits.member_bytes or total > limits.total_bytes or is_dense:
        raise RefusedDeliveryError(
            say("refused.zip_bomb", language, file=name, size=total, packed=packed_bytes)
        )
