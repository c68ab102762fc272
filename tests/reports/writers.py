"""A small document with everything that writers write."""

from __future__ import annotations

from decimal import Decimal

from reports.document import (
    Chart,
    Code,
    Document,
    Figure,
    Heading,
    Listing,
    Number,
    Paragraph,
    Section,
    Stressed,
    Table,
    text,
)

HOSTILE = '=HYPERLINK("http://ailleurs.example") #import "x" ] *gras* \\ $ @a <b> \u0000\u202e'
SPECIFICATION = {
    "data": {"values": [{"a": "x", "b": 3}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "nominal"}, "y": {"field": "b", "type": "quantitative"}},
}


def document(chart: Chart | None = None) -> Document:
    """Two sections, a figure, a table of numbers and texts that want to be more than texts."""
    value = Number("25\u202f646,5", "figure/x/value", Decimal("25646.5"))
    change = Number("−8,9", "figure/x/change", Decimal("-8.9"))
    table = Table(
        text("Passages"),
        (text("Mois"), text("Valeur"), text("Évolution")),
        (
            (text("mai"), text(value, " personnes"), text(change, " %")),
            (text(HOSTILE), text("—"), text("—")),
        ),
        frozenset((1, 2)),
    )
    figure = Figure(
        text("Moins de monde"), text("Une phrase."), chart or Chart("c", SPECIFICATION), None,
        text("Source : essai · "), Code("vigie why x"),
    )  # fmt: skip
    return Document(
        text("Rapport"),
        "fr",
        (
            Section(text("Accueil"), (Paragraph(text("Bonjour ", Stressed(text("à tous"), True))), figure)),
            Section(text("Chiffres"), (Heading(text("Détail")), Listing((text(HOSTILE),)), table)),
        ),
        (Paragraph(text("Brouillon."), "note"),),
    )
