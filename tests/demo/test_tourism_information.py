"""The demonstration's tourism information: the published figures come out of its raw files."""

from __future__ import annotations

from tests.demo.conftest import AS_OF, Change, Demonstration
from warehouse.storage.layout import Home

SOURCE = "tourism_information"


def created(found: Demonstration) -> dict[int, int]:
    """Event records created, by year."""
    return dict(
        found.ask(
            """SELECT extract(year FROM period_start), cast(sum(measured_value) AS INTEGER)
               FROM staging.observed_tourism_information
               WHERE indicator = 'event_records_created' GROUP BY ALL"""
        )
    )


def level(found: Demonstration, indicator: str, day: str) -> int:
    """The last level of bed places known on that day."""
    [(places,)] = found.ask(
        f"""SELECT cast(arg_max(measured_value, period_start) AS INTEGER)
            FROM staging.observed_tourism_information
            WHERE indicator = '{indicator}' AND period_start <= DATE '{day}'"""
    )
    return int(places)


def test_files_are_received_in_the_order_in_which_apidae_made_them(made: Home) -> None:
    files = sorted((made.inbox / SOURCE).iterdir(), key=lambda path: path.stat().st_mtime)
    stamps = [path.name.split("_")[1] for path in files]
    assert stamps == sorted(stamps)
    assert files[-1].stat().st_mtime < AS_OF.timestamp()


def test_every_object_announced_is_loaded_and_nothing_is_strange(demonstration: Demonstration) -> None:
    rows = demonstration.ask(
        """SELECT kind, rows_read, rows_loaded, status, message FROM quality.load
           WHERE source = 'tourism_information' ORDER BY delivery_id"""
    )
    assert [row[0] for row in rows] == ["full_export", *["differential_export"] * 24, "full_export"]
    assert all(read == loaded and status == "loaded" for _, read, loaded, status, _ in rows)
    assert not any("inconnu" in row[4] or "absentes" in row[4] for row in rows)


def test_the_published_event_records_come_out_of_the_raw_files(demonstration: Demonstration) -> None:
    figures = created(demonstration)
    assert (figures[2024], figures[2025]) == (831, 1495)
    [(first,)] = demonstration.ask(
        """SELECT min(period_start)::VARCHAR FROM staging.observed_tourism_information
           WHERE indicator = 'event_records_created'"""
    )
    assert first.startswith("2024-06")


def test_the_published_bed_places_come_out_of_the_raw_files(demonstration: Demonstration) -> None:
    assert level(demonstration, "bed_places_commercial", "2025-12-31") == 2901
    assert level(demonstration, "bed_places_platform", "2025-12-31") == 2934


def test_removed_events_still_count_and_what_the_last_full_export_lacks_is_gone(
    demonstration: Demonstration,
) -> None:
    [(events, absent)] = demonstration.ask(
        """SELECT count(*) FILTER (object_type = 'FETE_ET_MANIFESTATION' AND is_removed),
                  count(*) FILTER (removed_date = DATE '2026-01-04'
                                   AND object_type <> 'FETE_ET_MANIFESTATION')
           FROM marts.tourism_object"""
    )
    assert events > 50
    assert absent == 3


def test_municipalities_and_stars_are_joined_by_their_ids(demonstration: Demonstration) -> None:
    [(objects, municipalities, outside, hotels, stars)] = demonstration.ask(
        """SELECT count(*), count(DISTINCT municipality_code), count(*) FILTER (NOT is_in_territory),
                  count(*) FILTER (object_type = 'HOTELLERIE'),
                  count(classification_label) FILTER (object_type = 'HOTELLERIE')
           FROM marts.tourism_object"""
    )
    assert objects > 3000
    assert (municipalities, outside) == (34, 0)
    assert stars == hotels == 18


def test_every_date_of_an_event_is_there_the_coming_ones_included(demonstration: Demonstration) -> None:
    [(dates, coming)] = demonstration.ask(
        """SELECT count(*), count(*) FILTER (local_date > DATE '2026-01-05')
           FROM marts.tourism_opening_date JOIN marts.tourism_object USING (office, object_id)
           WHERE object_type = 'FETE_ET_MANIFESTATION'"""
    )
    [(announced,)] = demonstration.ask(
        """SELECT sum(date_diff('day', first_date, last_date) + 1)
           FROM raw.tourism_openings JOIN raw.tourism_objects USING (object_id, delivery_id)
           WHERE object_type = 'FETE_ET_MANIFESTATION'"""
    )
    assert dates == announced
    assert coming > 100


def test_two_events_more_and_a_lodging_less_in_the_export_move_the_figures(
    demonstration: Demonstration, changed: Demonstration, change: Change
) -> None:
    before = created(demonstration)
    # The second was created in the new year, local time.
    assert created(changed) == {2024: before[2024], 2025: before[2025] + 1, 2026: 1}
    beds = level(demonstration, "bed_places_commercial", "2025-12-31")
    assert level(changed, "bed_places_commercial", "2025-12-31") == beds
    assert level(changed, "bed_places_commercial", "2026-01-05") == beds - change.beds
