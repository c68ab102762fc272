"""Where the pages of the office are served."""

from __future__ import annotations

from pydantic import Field

from warehouse.office.part import Part


class PagesServed(Part):
    """The pages as `vigie serve` gives them to browsers of this machine, or to its reverse proxy."""

    port: int = Field(ge=1, le=65535, description="Port on 127.0.0.1 that they are served on, read-only.")


class Keys(Part):
    """Pages."""

    pages: PagesServed | None = Field(
        default=None,
        description="Serve `published/current/pages/` to browsers; without it they are opened as files.",
    )
