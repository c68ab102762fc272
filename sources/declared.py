"""A source without a source.py: its source.yml and its layouts say all that there is to read it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sources import by_layout
from sources.catalogue import Context, SourceReading
from sources.layouts import Layout, LayoutError, known
from sources.places import PLACES, placed, prepare, site_words, slug
from sources.reading.fields import Field
from warehouse.errors import RefusedDeliveryError
from warehouse.office.misfits import unknown
from warehouse.office.model import Office
from warehouse.spec import SourceSpec, load_spec
from warehouse.storage.ledger import Delivery
from warehouse.words.messages import say

SITE = "site"


@dataclass(frozen=True)
class Declared:
    """A source that is read by its layouts alone (`sources.catalogue.Source`)."""

    SPEC: SourceSpec

    def read(self, delivery: Delivery, context: Context) -> SourceReading:
        """Read one file as the layout says that it fits; a column `site` becomes a code of the office file.

        Where no column of the layout tells the site, the file's name does. Raises RefusedDeliveryError for a
        file that fits no layout, or whose name tells no site.
        """
        office = context.office
        layouts = known(context.home, self.SPEC, office.language)
        refuse_unknown_constants(layouts, SITE, [one.code for one in office.sites], office.language)
        return by_layout.read(
            by_layout.FileToRead.of(delivery, context),
            self.SPEC,
            layouts,
            constants=lambda layout: {
                "office": delivery.office,
                "delivery_id": delivery.delivery_id,
                SITE: self._site_of_name(layout, delivery, office),
            },
            zone=office.time_zone,
            language=office.language,
            rules=lambda table: by_layout.Rules(
                special=lambda fields: self._placed(table, fields, office),
                prepare=lambda connection: prepare(connection, self.SPEC.table(table), office),
            ),
        )

    def _site_of_name(self, layout: Layout, delivery: Delivery, office: Office) -> str | None:
        """The site that a file's name states, where its table has one and no column gives it."""
        column = self.SPEC.table(layout.table).all_columns.get(SITE)
        if column is None or SITE in layout.columns:
            return None
        site = site_in(delivery.file_name, office)
        if site is None and column.required:
            sites = ", ".join(one.code for one in office.sites)
            file = delivery.file_name
            raise RefusedDeliveryError(say("refused.no_site", office.language, file=file, sites=sites))
        return site

    def _placed(self, table: str, fields: Mapping[str, Field], office: Office) -> Mapping[str, Field]:
        """The fields, those of places as codes; a constant is one already."""
        columns = self.SPEC.table(table).all_columns
        return {
            name: placed(field, columns[name], office) if name in PLACES and field.column else field
            for name, field in fields.items()
        }


@cache
def source(folder: Path) -> Declared:
    """The source that a folder's source.yml describes."""
    return Declared(load_spec(folder / "source.yml"))


def site_in(file_name: str, office: Office) -> str | None:
    """The site whose code or name stands in the name of a file, whole words alone; the office's only site.

    None when no site's does, or several sites' do: the longest counts where one lies within another.
    """
    if len(office.sites) == 1:
        return office.sites[0].code
    name = f"-{slug(file_name)}-"
    words = site_words(office)
    stand = [word for word in words if f"-{word}-" in name]
    whole = {words[one] for one in stand if not any(one != other and one in other for other in stand)}
    return whole.pop() if len(whole) == 1 else None


def refuse_unknown_constants(
    layouts: Sequence[Layout], column: str, codes: Sequence[str], language: str
) -> None:
    """Raise LayoutError when a layout says that all of its files are of a code that the office has not."""
    for layout in layouts:
        declared = layout.columns.get(column)
        said = None if declared is None or declared.constant is None else str(declared.constant)
        if faults := list(unknown(column, said, codes, "columns", column, "constant")):
            raise LayoutError([f"{layout.tool}: {one.in_words(language)}" for one in faults])
