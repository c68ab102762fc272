"""All figures of the demonstration office, from its raw files alone.

A second program: plain Python that shares no code with the rooms of Vigie. It knows the demonstration's
files, not every file that an office may have, and computes as well what is not published (secrecy, the
smaller products). What a dead machine hid is estimated by Vigie alone: such figures are compared by their
measured part.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import yaml

from tests.second_program import machines, sold, tax, told, welcome
from tests.second_program.adding import Figures, distinct, levels, peaks, ratios, shares, sums

CALENDAR_START = date(2023, 1, 1)


def figures(inbox: Path, office_file: Path, today: date) -> Figures:
    """Every figure of every period until today, the day of the night that took all files in."""
    office = yaml.safe_load(office_file.read_text(encoding="utf-8"))
    communes = {one["code"] for one in office["municipalities"]}
    entries, unresolved = welcome.listening(inbox / "listening", today)
    reached, followers = told.audience(inbox / "audience")
    documentation = told.Documentation(inbox / "documentation")
    partners = told.Partners(inbox / "partners", office, today, CALENDAR_START)
    events, beds = told.information(inbox / "tourism_information", CALENDAR_START)
    found = sums(
        [
            *welcome.contacts(inbox / "contacts"), *welcome.requests(inbox / "requests"),
            *welcome.reviews(inbox / "reviews"), *welcome.surveys(inbox / "surveys"), *entries,
            *sold.shop(inbox / "shop"), *sold.ticketing(inbox / "ticketing"), *sold.groups(inbox / "groups"),
            *sold.equipment(inbox / "equipment"), *sold.finance(inbox / "finance"),
            *reached, *documentation.sums, *partners.sums, *events,
            *machines.door(inbox / "counters"), *machines.Area(inbox / "motorhome", today).seen(),
            *tax.declarations(inbox / "tourist_tax", communes), *tax.statements(inbox / "tourist_tax"),
        ]
    )  # fmt: skip
    found |= levels([*unresolved, *followers, *documentation.stocks, *partners.levels, *beds])
    found |= distinct("documentation_delivery_partners", documentation.delivered)
    found |= distinct("partners_supported", partners.supported)
    for name, of, by, factor, fewest in (
        ("average_basket", "till_takings", "baskets", 1, 0),
        ("items_per_basket", "till_items", "baskets", 1, 0),
        ("average_group_size", "group_persons", "groups_counted", 1, 0),
        ("group_satisfaction", "score_total", "scores", 1, 0),
        ("average_rating", "review_stars", "reviews", 1, 0),
        ("high_rating_share", "high_reviews", "reviews", 100, 0),
        ("survey_satisfaction", "satisfied", "answers", 100, 10),
        ("session_occupancy", "participants", "places", 100, 0),
        ("listening_loop_closed", "incidents_closed_in_time", "incidents_due", 100, 0),
        ("visitors_per_euro", "visitors_welcomed", "reception_cost", 1, 0),
        ("bed_fill_rate", "category_nights", "category_bed_nights", 100, 0),
        ("newsletter_click_rate", "clicks", "newsletter_messages", 100, 0),
    ):
        found |= ratios(found, name, of, by, factor, fewest)
    for name, of in (
        ("visitor_profile_share", "profile"), ("party_share", "party"), ("origin_country_share", "origin"),
        ("origin_department_share", "department"), ("origin_foreign_share", "country"),
    ):  # fmt: skip
        found |= shares(found, name, of)
    for name, of, unit in (
        ("peak_hour", "hour", "hour"), ("peak_weekday", "contacts", "weekday"),
        ("peak_month", "contacts", "month"),
    ):  # fmt: skip
        found |= peaks(found, name, of, unit)
    return found
