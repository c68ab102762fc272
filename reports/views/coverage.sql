-- What a system gave in a month: `given` figures of a place, and those that were expected and did not come.
-- Of what is only told by the year, such as a budget, no month is expected.
WITH months AS (
    SELECT indicator, site, period_start, true AS is_given, min(coverage) AS coverage
    FROM marts.indicator_value WHERE period_kind = 'month' GROUP BY ALL
    UNION ALL
    SELECT indicator, site, period_start, false, NULL
    FROM marts.indicator_gap
    WHERE period_kind = 'month' AND reason_code IN ('no_data_in_period', 'part_missing', 'gap_too_long')
        AND (indicator, site) IN (SELECT (indicator, site) FROM marts.indicator_value WHERE period_kind = 'month')
    GROUP BY ALL
),
places AS (
    SELECT indicator, site, period_start, bool_or(is_given) AS is_given, min(coverage) AS coverage
    FROM months GROUP BY ALL
)
SELECT
    indicator.source_system AS source,
    places.period_start,
    count(*) FILTER (WHERE is_given) AS given,
    count(*) FILTER (WHERE NOT is_given) AS missing,
    min(coverage) AS coverage,
    CASE
        WHEN NOT bool_or(is_given) THEN 'missing'
        WHEN NOT bool_and(is_given) OR min(coverage) < 0.95 THEN 'partial'
        ELSE 'complete'
    END AS state
FROM places
JOIN marts.indicator USING (indicator)
GROUP BY ALL
