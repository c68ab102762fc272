"""Matomo's HTTP API on a loopback port: one report, `VisitsSummary.get` by day, as JSON."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.loopback import Answered, Asked, Loopback


class MatomoSimulator(Loopback):
    """`with MatomoSimulator(visits, token) as matomo:`; `visits` by ISO day, the others had none."""

    def __init__(self, visits: dict[str, dict[str, Any]], token: str) -> None:
        super().__init__()
        self.visits = visits
        self.token = token
        self.left_out: set[str] = set()  # days that its answers lack

    def answer(self, asked: Asked) -> Answered:
        form = {**asked.params, **asked.form}
        if form.get("token_auth") != self.token:
            told = "You can't access this resource as it requires 'view' access for the website id = 3."
            return Answered({"result": "error", "message": told})
        if (form.get("module"), form.get("method"), form.get("period")) != (
            "API",
            "VisitsSummary.get",
            "day",
        ):
            return Answered(
                {"result": "error", "message": f"The method '{form.get('method')}' does not exist"}
            )
        first, last = (date.fromisoformat(one) for one in form["date"].split(","))
        days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
        return Answered({day: self.visits.get(day, []) for day in days if day not in self.left_out})


def visits(count: int, **more: Any) -> dict[str, Any]:
    """A day of an invented website."""
    return {
        "nb_uniq_visitors": count - 45,
        "nb_users": 0,
        "nb_visits": count,
        "nb_actions": 3 * count,
        "nb_visits_converted": 0,
        "bounce_count": 201,
        "sum_visit_length": 61880,
        "max_actions": 31,
        "bounce_rate": "44%",
        "nb_actions_per_visit": 2.9,
        "avg_time_on_site": 136,
        **more,
    }
