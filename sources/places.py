"""Columns of places, however they are written: a site of the office, a country, a department.

Each takes the field of a column as its layout reads it, whose own words (`values`) win, and gives codes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import duckdb
from babel import Locale

from sources.reading.fields import OTHER, Field, literal, quoted
from sources.reading.heading import plain
from warehouse.office.departments import DEPARTMENTS
from warehouse.office.model import Office
from warehouse.spec import ColumnSpec, TableSpec

# What a person who was asked and did not say is written as.
UNKNOWN = "unknown"
NOT_SAID = ("inconnu", "inconnue", "non renseigné", "non précisé", "unknown")
# Countries as desks write them, where neither French nor English calls them so.
ALSO_CALLED = {
    "GB": ("Angleterre", "Écosse", "Pays de Galles", "Grande-Bretagne", "England", "Scotland", "UK"),
    "US": ("USA", "États-Unis d'Amérique", "Etats Unis"),
    "NL": ("Hollande", "Nederland"),
    "CZ": ("République tchèque", "Tchéquie"),
    "DE": ("Deutschland",),
    "ES": ("España",),
    "CN": ("Chine populaire",),
    "KR": ("Corée",),
}


@dataclass(frozen=True)
class Place:
    """What is known of the columns of one name: the words that mean a code, and what becomes of another.

    `rule` quarantines it; without one it is loaded as `other` and told. `known` are the words that messages
    name, as people write them.
    """

    words: Callable[[Office], Mapping[str, str]]
    rule: str | None = None
    begins: str | None = None
    known: Callable[[Office], Sequence[str]] = lambda office: ()


def prepare(connection: duckdb.DuckDBPyConnection, table: TableSpec, office: Office) -> None:
    """Give a connection the words of the places of a table: hundreds, joined and not in each query."""
    for name, column in table.all_columns.items():
        if name in PLACES:
            words = {**{slug(one): one for one in column.categories}, **PLACES[name].words(office)}
            connection.execute(
                f"""CREATE OR REPLACE TEMP TABLE {name}_word AS
                    SELECT unnest(?::VARCHAR[]) AS word, unnest(?::VARCHAR[]) AS code""",
                [list(words), list(words.values())],
            )


def placed(field: Field, column: ColumnSpec, office: Office) -> Field:
    """The field of a place as its code, after `prepare`.

    What the layout's own words (`values`) or a category of the column gives holds as well.
    """
    place = PLACES[column.name]
    said = quoted(field.column)
    sql = _code(column.name, field.sql, place.begins)
    if column.categories:
        # Read as one of its categories, the cell is `other` where it is a place.
        sql = f"coalesce({sql}, {_code(column.name, said, place.begins)})"
    if place.rule is None:
        other = f"CASE WHEN {said} IS NOT NULL THEN {literal(OTHER)} END"
        return replace(
            field,
            sql=f"coalesce({sql}, {other})",
            unknown=f"{field.value} = {literal(OTHER)}",
            known=tuple(place.known(office)),
        )
    absent = (place.rule, f"{said} IS NOT NULL AND {field.value} IS NULL")
    known = tuple(dict.fromkeys([*place.words(office).values(), *(one.name for one in office.sites)]))
    return replace(field, sql=sql, checks=(*field.checks, absent), unknown=None, known=known)


def _code(name: str, text: str, begins: str | None) -> str:
    """SQL of the code that a text means; null for none."""
    word = f"trim(regexp_replace(strip_accents(lower({text})), '[^a-z0-9]+', '-', 'g'), '-')"
    if begins is not None:
        word = f"coalesce(nullif(regexp_extract({word}, {literal(begins)}, 1), ''), {word})"
    return f"(SELECT code FROM {name}_word WHERE word = {word})"


@cache
def country_words() -> dict[str, str]:
    """What countries are called, as it is compared, to their codes."""
    words = dict.fromkeys(map(slug, NOT_SAID), UNKNOWN)
    for language in ("en", "fr"):
        territories = Locale.parse(language).territories
        words |= {slug(name): code for code, name in territories.items() if re.fullmatch("[A-Z]{2}", code)}
    words |= {slug(name): code for code, names in ALSO_CALLED.items() for name in names}
    return {**words, **{code.lower(): code for code in set(words.values()) if code != UNKNOWN}}


@cache
def countries(language: str) -> tuple[str, ...]:
    """The countries as a language calls them, France first, then the word for one that is not known."""
    names = {name for code, name in Locale.parse(language).territories.items() if code.isalpha()}
    return ("France", "Inconnu", *sorted(names - {"France"}))


def site_words(office: Office) -> dict[str, str]:
    """What the sites are called, as it is compared, to their codes; one that two sites share is left out."""
    names = [(slug(one.name), one.code) for one in office.sites]
    once = {word: code for word, code in names if sum(word == other for other, _ in names) == 1}
    return {**once, **{slug(one.code): one.code for one in office.sites}}


def slug(text: str) -> str:
    """A name without case, accents and signs: `Castéra-Verduzan` and `castera verduzan` are the same."""
    return re.sub("[^a-z0-9]+", "-", plain(text)).strip("-")


@cache
def department_words() -> dict[str, str]:
    """Codes of departments as cells begin with them, `1` for 01 too, to the codes."""
    codes = {code.lower(): code for code in DEPARTMENTS}
    short = {code.lower().lstrip("0"): code for code in DEPARTMENTS}
    return {**dict.fromkeys(map(slug, NOT_SAID), UNKNOWN), **short, **codes}


PLACES: Mapping[str, Place] = {
    # A word that is no site's: its figures would stand at a place that nobody looks at.
    "site": Place(site_words, rule="unknown_site"),
    "country_code": Place(lambda _: country_words(), known=lambda office: countries(office.language)),
    # `31 - Haute-Garonne`; a cell of two departments is neither.
    "department_code": Place(
        lambda _: department_words(),
        begins="^([0-9][0-9ab]?[0-9]?)-[a-z-]+$",
        known=lambda _: sorted(DEPARTMENTS),
    ),
}
"""What reads a column of this name, in a table that is read by layouts alone."""
