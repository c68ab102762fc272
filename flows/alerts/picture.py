"""The picture in a message: what a series counted in its last days, beside what was expected of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

import duckdb
import numpy as np

from warehouse.clock import naive_utc
from warehouse.office.model import Office
from warehouse.words.messages import say
from warehouse.words.printable import printable

DAYS = 14
LONGEST_TITLE = 80  # characters: what fits above the picture


def picture(
    connection: duckdb.DuckDBPyConnection, office: Office, subject: str, name: str, at: datetime
) -> bytes | None:
    """A PNG of the last 14 local days of a series, or None when nothing is known of it in them.

    `at` is aware: only slots that were over then. Reads marts.counted_series and quality.expected_count.
    """
    last = at.astimezone(office.zone).date()
    first = last - timedelta(days=DAYS - 1)
    rows = connection.execute(
        """SELECT local_date, sum(observed_count) FILTER (open_minutes > 0) AS counted,
                  coalesce(sum(expected_count) FILTER (open_minutes > 0), 0) AS expected,
                  count(*) FILTER (open_minutes > 0) AS open_slots
           FROM marts.counted_series AS counted
           JOIN (SELECT office, subject, utc_hour, expected_count FROM quality.expected_count)
               USING (office, subject, utc_hour)
           WHERE office = ? AND subject = ? AND local_date BETWEEN ? AND ?
             AND utc_hour + to_minutes(slot_minutes::BIGINT) <= ?
           GROUP BY local_date ORDER BY local_date""",
        [office.code, subject, first, last, naive_utc(at)],
    ).fetchall()
    if not rows:
        return None
    # Half a second that only a message with a picture needs.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    language = office.language
    days = [first + timedelta(days=n) for n in range(DAYS)]
    known = {row[0]: row[1:] for row in rows}
    counted = np.array(
        [known[day][0] if day in known and known[day][0] is not None else np.nan for day in days]
    )
    expected = np.array([known[day][1] if day in known else np.nan for day in days])
    # What is open has its rows, with or without a count.
    closed = [n for n, day in enumerate(days) if day not in known or not known[day][2]]
    figure = Figure(figsize=(6.4, 2.8), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    place = np.arange(DAYS)
    axes.bar(place, counted, color="#2a6f97", width=0.7, label=say("picture.counted", language))
    axes.step(
        np.append(place - 0.5, DAYS - 0.5), np.append(expected, expected[-1]), where="post",
        color="#d1495b", linewidth=1.8, label=say("picture.expected", language),
    )  # fmt: skip
    for n in closed:
        axes.axvspan(n - 0.5, n + 0.5, color="#eeeeee", zorder=0)
    axes.set_xticks(place, [f"{day:%d/%m}" for day in days], fontsize=8)
    axes.set_xlim(-0.5, DAYS - 0.5)
    axes.set_ylim(bottom=0)
    axes.tick_params(axis="y", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    title = printable(name)
    title = title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"
    axes.set_title(title, fontsize=10, loc="left", parse_math=False)  # a $ is a $
    axes.legend(fontsize=8, frameon=False, ncols=2, loc="upper right", bbox_to_anchor=(1, 1.16))
    drawn = BytesIO()
    # Without a date in it, the same picture has the same bytes.
    figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()
