-- How many motorhomes stood on an area at the end of an hour, on average over a year's summer and its other days:
-- those of the night before, those that came and went since midnight by the barrier. Nights without count are left out.
WITH hours AS (
    SELECT
        series.office, series.site, series.local_date, series.local_hour,
        sum(sum(coalesce(series.entry_count, 0)) - sum(coalesce(series.exit_count, 0))) OVER (
            PARTITION BY series.office, series.site, series.local_date ORDER BY series.local_hour
        ) AS since_midnight
    FROM marts.counted_series AS series
    WHERE series.subject_kind = 'barrier'
    GROUP BY series.office, series.site, series.local_date, series.local_hour
)
SELECT
    hours.site,
    year(hours.local_date) AS year,
    month(hours.local_date) IN (7, 8) AS is_summer,
    hours.local_hour,
    cast(avg(night.value + hours.since_midnight) AS DECIMAL(18, 4)) AS mean_count,
    count(*) AS days,
    max(site.pitch_count) AS pitch_count
FROM hours
JOIN marts.indicator_value AS night
    ON hours.office = night.office AND hours.site = night.site AND night.indicator = 'overnight_stays'
    AND night.dimension = '' AND night.period_kind = 'day' AND night.estimated_value = 0
    AND night.period_start = hours.local_date - INTERVAL 1 DAY
LEFT JOIN marts.site ON hours.office = site.office AND hours.site = site.site
GROUP BY ALL
