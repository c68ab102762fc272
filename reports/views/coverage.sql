-- What a system gave in a month: `given` figures of a place, and those that were expected and did not come. What tells of
-- the observing itself, such as days of outage, is known of months of which nothing was given.
WITH observed AS (
    SELECT indicator, source_system AS source FROM marts.indicator WHERE NOT is_about_observation
),
valued AS (
    SELECT source, indicator, site, period_start, coverage > 0 AS is_given, coverage
    FROM marts.indicator_value JOIN observed USING (indicator) WHERE period_kind = 'month'
),
months AS (
    SELECT * FROM valued
    UNION ALL
    -- Days of a machine that could not even be estimated lie in a month that may have no figure at all.
    SELECT source, indicator, site, date_trunc('month', period_start)::DATE, false, NULL
    FROM marts.indicator_gap JOIN observed USING (indicator)
    WHERE (period_kind = 'month' AND reason_code IN ('no_data_in_period', 'part_missing', 'gap_too_long')
           OR period_kind = 'day' AND reason_code IN ('gap_too_long', 'not_estimable', 'too_few_blocks',
                                                      'too_little_history', 'too_uncertain'))
        AND (indicator, site) IN (SELECT (indicator, site) FROM valued)
),
places AS (
    SELECT source, indicator, site, period_start, bool_or(is_given) AS is_given, min(coverage) AS coverage
    FROM months GROUP BY ALL
),
seen AS (
    SELECT
        source,
        period_start,
        count(*) FILTER (WHERE is_given) AS given,
        count(*) FILTER (WHERE NOT is_given) AS missing,
        min(coverage) AS coverage,
        CASE
            WHEN NOT bool_or(is_given) THEN 'missing'
            WHEN NOT bool_and(is_given) OR min(coverage) < 0.95 THEN 'partial'
            ELSE 'complete'
        END AS state
    FROM places
    GROUP BY ALL
),
-- A month is expected of whom gave the same month of an earlier year: what pauses in winter does so every year. Of what
-- is only told by the year, such as a budget, none is. What comes by the quarter may be a quarter and a month behind.
expected AS (
    SELECT DISTINCT seen.source, calendar.month_start AS period_start
    FROM seen
    JOIN marts.calendar AS calendar
        ON calendar.month = month(seen.period_start) AND calendar.month_start > seen.period_start
    WHERE seen.given > 0
),
latest AS (
    SELECT source, max(period_start) AS given_start FROM seen WHERE given > 0 GROUP BY source
)
SELECT * FROM seen
UNION ALL
SELECT
    source, period_start, 0, 1, NULL,
    CASE
        WHEN period_start > given_start
             AND period_start > (SELECT max(month_start) FROM marts.calendar) - INTERVAL 4 MONTH THEN 'to_come'
        ELSE 'missing'
    END
FROM expected JOIN latest USING (source) ANTI JOIN seen USING (source, period_start)
