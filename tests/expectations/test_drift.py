"""A slow drift: found beside its partners while it is small, and not seen in weather or in a partner."""

from __future__ import annotations

import numpy as np
import pytest

from expectations.level import Counted, LevelChange, level_changes
from warehouse.series import Floats

DAYS = 500
FAULT = 400
WEATHER = np.exp(0.25 * np.sin(np.arange(DAYS) / 25) + np.random.default_rng(0).normal(0, 0.25, DAYS))


def counted(seed: int, mean: float = 200, share: Floats | float = 1.0) -> Counted:
    """Poisson counts around a flat expectation, moved by the weather that all share."""
    counts = np.random.default_rng(seed).poisson(mean * WEATHER * share).astype(np.float64)
    return Counted(counts, np.full(DAYS, float(mean)))


def drifting(per_day: float, first: int = FAULT) -> Floats:
    """Share that is still counted, by day."""
    share: Floats = (1 - per_day) ** np.clip(np.arange(DAYS) - first + 1.0, 0, None)
    return share


def found_since(first: int, changes: list[LevelChange]) -> list[LevelChange]:
    return [change for change in changes if change.detected >= first]


@pytest.mark.parametrize("seed", range(3))
def test_a_drift_of_one_per_cent_a_day_is_found_before_40_open_days(seed: int) -> None:
    partners = [counted(seed + 20), counted(seed + 30)]
    (change, *_) = found_since(
        FAULT, level_changes(counted(seed, share=drifting(0.01)), partners, seasoned=365)
    )
    assert change.detected < FAULT + 40
    assert change.trend < change.log_ratio < 0


def test_weather_that_all_partners_share_is_no_drift() -> None:
    assert level_changes(counted(1), [counted(21), counted(31)], seasoned=365) == []


def test_a_partner_that_counts_more_and_more_is_not_blamed_on_a_series_that_stays() -> None:
    stays = Counted(np.random.default_rng(1).poisson(200.0, DAYS).astype(np.float64), np.full(DAYS, 200.0))
    rising = Counted(stays.counted / drifting(0.01), stays.expected)
    assert level_changes(stays, [rising], seasoned=365) == []


def test_a_drift_that_goes_on_is_one_change() -> None:
    partners = [counted(20), counted(30)]
    changes = level_changes(counted(1, share=drifting(0.01)), partners, seasoned=365)
    assert len(found_since(FAULT, changes)) == 1
    assert changes[-1].ended is None


def test_the_way_back_ends_a_drift() -> None:
    mended = drifting(0.015)
    mended[450:] = 1.0
    (change,) = level_changes(counted(1, share=mended), [counted(20), counted(30)], seasoned=365)
    assert change.ended == pytest.approx(450, abs=3)


def test_what_came_later_never_changes_what_was_detected() -> None:
    series, partners = counted(1, share=drifting(0.01)), [counted(20), counted(30)]
    whole = level_changes(series, partners, seasoned=365)
    for end in range(FAULT, DAYS, 20):
        days = np.arange(end)
        known = level_changes(series.at(days), [partner.at(days) for partner in partners], seasoned=365)
        assert [(c.onset, c.detected) for c in known] == [
            (c.onset, c.detected) for c in whole if c.detected < end
        ]
