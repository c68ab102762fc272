"""What every source.yml says of personal data, for sources that tests make up."""

from __future__ import annotations

from typing import Any

WORDS = {"fr": "f", "en": "e"}
PROCESSING: dict[str, Any] = dict.fromkeys(
    ("purpose", "legal_basis", "people", "data", "readers", "recipients"), WORDS
)
KEPT: dict[str, Any] = {"reason": WORDS}
