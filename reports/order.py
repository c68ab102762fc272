"""In which order things are told: the sections of the activity report, and what leads in each."""

from __future__ import annotations

# Sections of the dictionary in the report's order; one that is not named comes after them.
SECTIONS = (
    "welcome", "information", "shop", "ticketing", "groups", "motorhome", "equipment", "tourist_tax",
    "reputation", "listening", "finance", "audience", "creators", "documentation", "partners",
)  # fmt: skip
# The chapters of the activity report in its order, and the one that tells each section.
CHAPTERS = (
    "welcome", "information", "promotion", "shop_ticketing", "groups", "equipment", "finance", "listening",
    "perspectives",
)  # fmt: skip
CHAPTER_OF = {
    "welcome": "welcome",
    "information": "information",
    "audience": "promotion",
    "creators": "promotion",
    "documentation": "promotion",
    "partners": "promotion",
    "shop": "shop_ticketing",
    "ticketing": "shop_ticketing",
    "groups": "groups",
    "motorhome": "equipment",
    "equipment": "equipment",
    "finance": "finance",
    "tourist_tax": "finance",
    "listening": "listening",
    "reputation": "listening",
}
# What the first page says of a year, in its order, where the office has it.
LEADING = (
    "counter_passages", "contact_persons", "overnight_stays", "tax_declared", "sales_excluding_tax",
    "ticket_sales", "group_persons", "visitors", "website_visits", "average_rating", "own_receipts",
    "bed_places_commercial",
)  # fmt: skip
MOST_LEADING = 10
# What the report draws besides, where the office has it.
DRAWN = (
    "origin_department_share", "bed_places_platform", "network_followers", "creator_views",
    "documentation_distributed", "partner_supports", "tickets_sold", "group_turnover", "group_theme_visits",
    "equipment_receipts", "budget_result", "tax_share", "survey_satisfaction", "incidents", "reviews",
)  # fmt: skip


def rank(section: str) -> tuple[int, str]:
    """The place of a section."""
    return (SECTIONS.index(section) if section in SECTIONS else len(SECTIONS), section)


def sections_of(chapter: str) -> list[str]:
    """The sections that a chapter tells, in its order."""
    return [section for section, one in CHAPTER_OF.items() if one == chapter]
