"""What a reader says of a file that it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from warehouse.errors import RefusedDeliveryError
from warehouse.words.shapes import plain


@contextmanager
def refused(match: str) -> Iterator[None]:
    """Expects that a file is refused in words, without their marks, that a regular expression finds."""
    with pytest.raises(RefusedDeliveryError) as refusal:
        yield
    assert re.search(match, plain(str(refusal.value))), refusal.value
