"""What an entry of the dictionary may say, and all entries, read and verified.

Table `indicator_dictionary` of the models is made of them. docs/add-an-indicator.md says how to add one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from warehouse.office.strict_yaml import read
from warehouse.spec import Words
from warehouse.words.messages import catalogue
from warehouse.words.units import IN_POINTS

FOLDER = Path(__file__).parent
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def _has_a_word(unit: str) -> str:
    if f"unit.{unit}" not in catalogue():
        raise ValueError(f"unit {unit} has no word in the catalogue (unit.{unit})")
    return unit


Unit = Annotated[str, AfterValidator(_has_a_word)]


class Part(BaseModel):
    """A part of an entry; unknown keys are refused, because a typing error must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Described(Part):
    """What is said of everything in the dictionary."""

    source: Code = Field(
        description="System that it comes from: a folder of sources/. Its model is observed_<source>."
    )
    definition: Words = Field(description="What is counted and what is not, in a sentence or two.")

    @property
    def parts(self) -> tuple[str, ...]:
        """The codes of what it is computed from; none when the model gives it."""
        return ()


class Component(Described):
    """A sum that the model gives and nobody reads: shares, ratios and peaks are computed from it."""

    kind: Literal["component"]


class Indicator(Described):
    """What is said of an indicator, however it adds up."""

    label: Words
    unit: Unit = Field(description="Of `percent`, a change against the year before is told in points.")
    decimals: int = Field(default=0, ge=0, le=4, description="Decimals that it is printed with.")
    scheme_actions: tuple[int, ...] = Field(
        default=(), description="Numbers of the actions of the destination scheme that it follows."
    )
    quality_family: Code | None = Field(default=None, description="Family of the quality manual.")
    not_comparable: Words | None = Field(
        default=None, description="When its years cannot be compared: a whole sentence, of any office."
    )
    is_about_observation: bool = Field(
        default=False,
        description="Whether it tells of the observing itself, such as days of outage: it is known of days "
        "on which nothing was observed.",
    )
    largest: int | None = Field(
        default=None,
        ge=1,
        description="Of its dimensions only so many are published of a place and period, the largest ones: "
        "for dimensions that are free text, such as products.",
    )
    wholes: tuple[Code, ...] = Field(
        default=(),
        description="Its dimensions that are the sum of others of its dimensions: they are not drawn beside "
        "these. A dimension `a` of which there are parts `a:b` is known as their sum.",
    )


class Sum(Indicator):
    """Adds up over days."""

    kind: Literal["sum"]
    comparison: Literal["slots", "periods"] = Field(
        default="periods",
        description="What is compared with the year before: hours or days that were validly observed in both "
        "years (`slots`, given by compared_slot), or whole periods.",
    )
    kept_in: Code | None = Field(
        default=None,
        description="The raw table of a register, which says what happened and never that nothing did: from "
        "its first to its last row a month, quarter, year or season without one is 0, and no gap.",
    )
    is_estimated: bool = Field(
        default=False,
        description="Whether what was not observed is estimated beside it, with an interval.",
    )


class Level(Indicator):
    """The last observation of the period counts."""

    kind: Literal["level"]


class Distinct(Indicator):
    """Different things in the period, told apart by the `key` of the observations.

    Without a key it is what the source itself says of the period: never a sum over shorter ones.
    """

    kind: Literal["distinct"]


class Ratio(Indicator):
    """A sum divided by another one, of the same place, dimension and period; times 100 in percent."""

    kind: Literal["ratio"]
    of: Code = Field(description="Indicator or component that is divided.")
    by: Code = Field(description="Indicator or component that it is divided by.")
    fewest: int | None = Field(
        default=None, ge=2, description="Below so much of `by` nothing is told: a few answers are no share."
    )

    @property
    def parts(self) -> tuple[str, ...]:
        """What is divided, and by what."""
        return (self.of, self.by)


class Share(Indicator):
    """What a dimension makes up of the whole, in percent."""

    kind: Literal["share"]
    unit: Literal["percent"] = "percent"
    of: Code = Field(description="Indicator or component whose dimensions are the parts.")
    within: Code | Literal["dimension"] = Field(
        default="dimension",
        description="The whole: the sum of all dimensions of `of`, or another indicator or component, "
        "which has no dimension.",
    )
    leaving_out: tuple[str, ...] = Field(
        default=(), description="Dimensions of `of` that are neither a part nor in the whole."
    )

    @property
    def parts(self) -> tuple[str, ...]:
        """What has the dimensions, and the whole."""
        return (self.of,) if self.within == "dimension" else (self.of, self.within)


class Peak(Indicator):
    """The hour (0-23), weekday (1 Monday to 7) or month (1-12) that holds most; the first of equal ones."""

    kind: Literal["peak"]
    unit: Literal["hour", "weekday", "month"] = Field(
        description="Hours are the dimensions of `of`, 0 to 23; weekdays and months follow from its days."
    )
    of: Code = Field(description="Indicator or component.")

    @property
    def parts(self) -> tuple[str, ...]:
        """What has the peak."""
        return (self.of,)


Published = Sum | Level | Distinct | Ratio | Share | Peak
Entry = Annotated[Component | Published, Field(discriminator="kind")]
Section = TypeAdapter(dict[Code, Entry])


@cache
def sections(folder: Path = FOLDER) -> Mapping[str, Mapping[str, Entry]]:
    """All entries by the section of the activity report, which names their file, and by their code.

    Raises ValueError, which names the file and the line, for what is no entry, a code that stands twice and a
    part that no entry has: a programming error.
    """
    found = {path.stem: _section(path) for path in sorted(folder.glob("*.yml"))}
    place: dict[str, str] = {}
    for section, entries_ in found.items():
        for code in entries_:
            if code in place:
                raise ValueError(f"{folder / section}.yml: {code} stands in {place[code]}.yml, too")
            place[code] = section
    given = {code: entry for entries_ in found.values() for code, entry in entries_.items()}
    for code, entry in given.items():
        for part in entry.parts:
            if part not in given:
                raise ValueError(f"{folder / place[code]}.yml: {code}: nothing is called {part}")
            if given[part].parts:
                raise ValueError(f"{folder / place[code]}.yml: {code}: {part} is computed itself")
    return found


def entries() -> dict[str, Entry]:
    """All entries by their code."""
    return {code: entry for section in sections().values() for code, entry in section.items()}


def indicators() -> dict[str, Published]:
    """The entries that are published, by their code."""
    return {code: entry for code, entry in entries().items() if not isinstance(entry, Component)}


def sources_behind(code: str) -> frozenset[str]:
    """The sources that an indicator stands on: its own, and those of what it is computed from."""
    given = entries()
    return frozenset(given[one].source for one in (code, *given[code].parts))


def as_rows() -> list[dict[str, Any]]:
    """The rows of table `indicator_dictionary`, as its model is given them."""
    return [
        as_row(code, section, entry) for section, own in sections().items() for code, entry in own.items()
    ]


def _section(path: Path) -> dict[str, Entry]:
    document = read(path.read_bytes())
    for fault in document.faults:
        raise ValueError(f"{path}:{fault.line}: {fault.key}")
    try:
        return Section.validate_python(document.content or {})
    except ValidationError as error:
        first = error.errors()[0]
        where = tuple(one for one in first["loc"] if not (isinstance(one, str) and one in KINDS))
        raise ValueError(
            f"{path}:{document.line(where)}: {'.'.join(map(str, where))}: {first['msg']}"
        ) from error


KINDS = ("component", "sum", "level", "distinct", "ratio", "share", "peak")


def as_row(code: str, section: str, entry: Entry) -> dict[str, Any]:
    """An entry as a row: what an entry of its kind does not say is null."""
    said = entry.model_dump()
    return {
        "indicator": code,
        **{f"label_{language}": said.get("label", {}).get(language) for language in ("fr", "en")},
        "unit": said.get("unit"),
        "is_in_points": said.get("unit") in IN_POINTS,
        "decimals": said.get("decimals"),
        "section": section,
        **{f"definition_{language}": said["definition"][language] for language in ("fr", "en")},
        "source_system": entry.source,
        "scheme_actions": ", ".join(map(str, said.get("scheme_actions", ()))) or None,
        "quality_family": said.get("quality_family"),
        "kind": entry.kind,
        "of_indicator": said.get("of"),
        "by_indicator": said.get("by"),
        "whole_indicator": None if said.get("within") == "dimension" else said.get("within"),
        "left_out": "|".join(said.get("leaving_out", ())) or None,
        "largest": said.get("largest"),
        "wholes": "|".join(said.get("wholes", ())) or None,
        "fewest": said.get("fewest"),
        "kept_in": said.get("kept_in"),
        "comparison": said.get("comparison", "periods"),
        "model": f"observed_{entry.source}",
        "is_estimated": said.get("is_estimated", False),
        "is_about_observation": said.get("is_about_observation", False),
        **{
            f"not_comparable_{language}": (said.get("not_comparable") or {}).get(language)
            for language in ("fr", "en")
        },
    }
