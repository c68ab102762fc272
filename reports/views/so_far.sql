-- A sum of the running year, or of a running season, as far as it is known, like for like with a year before.
-- What is compared slot by slot is so until yesterday; the rest in the months that are over. Of a season that
-- began last year nothing is told: its months are of two years.
WITH today AS (
    SELECT CAST(max(refreshed_at) AS DATE) AS day FROM marts.indicator_value
),

running AS (
    SELECT value.*, indicator.decimals, indicator.kind, indicator.comparison, site.site_name, today.day
    FROM marts.indicator_value AS value
    JOIN marts.indicator USING (indicator)
    LEFT JOIN marts.site ON value.office = site.office AND value.site = site.site
    CROSS JOIN today
    WHERE
        indicator.kind = 'sum' AND value.period_kind NOT IN ('day', 'week', 'month', 'quarter')
        AND today.day BETWEEN value.period_start AND value.period_end
        AND year(value.period_start) = year(today.day)
),

-- Each month that is over, beside that of a year before, also where only one of the two is there.
month AS (
    SELECT
        running.office, running.indicator, running.site, running.dimension, running.period_kind,
        calendar.month_start,
        this.value,
        CASE WHEN this.comparable THEN this.value END AS compared_value,
        CASE WHEN this.comparable THEN this.previous_value END AS previous_compared_value
    FROM running
    CROSS JOIN LATERAL (
        SELECT unnest(generate_series(running.period_start, running.day, INTERVAL 1 MONTH))::DATE AS month_start
    ) AS calendar
    LEFT JOIN marts.indicator_value AS this
        ON running.office = this.office AND running.indicator = this.indicator AND running.site = this.site
        AND running.dimension = this.dimension AND this.period_kind = 'month'
        AND calendar.month_start = this.period_start
    LEFT JOIN marts.indicator_value AS before
        ON running.office = before.office AND running.indicator = before.indicator AND running.site = before.site
        AND running.dimension = before.dimension AND before.period_kind = 'month'
        AND calendar.month_start - INTERVAL 1 YEAR = before.period_start
    WHERE
        calendar.month_start + INTERVAL 1 MONTH <= running.day
        AND (this.value IS NOT NULL OR before.value IS NOT NULL)
),

over AS (
    SELECT
        office, indicator, site, dimension, period_kind,
        min(month_start) FILTER (value IS NOT NULL) AS first_month,
        max(month_start) FILTER (value IS NOT NULL) AS last_month,
        sum(value) AS value,
        sum(compared_value) AS compared_value,
        sum(previous_compared_value) AS previous_compared_value,
        count(compared_value) AS compared_months
    FROM month
    GROUP BY ALL
),

-- Months behind the last one that is there are not told yet: they are not missing.
told AS (
    SELECT over.*, count(*) FILTER (month.month_start <= over.last_month) AS months
    FROM over
    JOIN month USING (office, indicator, site, dimension, period_kind)
    GROUP BY ALL
),

judged AS (
    SELECT
        running.* EXCLUDE (value, previous_value, change_percent, comparable),
        running.comparison = 'slots' AS is_by_slot,
        CASE WHEN running.comparison = 'slots' THEN running.value ELSE told.value END AS value,
        told.first_month, told.last_month, told.months, told.compared_months,
        coalesce(slots.reasons, []) AS reasons,
        slots.compared_share,
        CASE WHEN running.comparison = 'slots' THEN slots.compared_value ELSE told.compared_value END AS compared_value,
        CASE
            WHEN running.comparison = 'slots' THEN slots.previous_compared_value
            ELSE told.previous_compared_value
        END AS previous_value,
        CASE
            WHEN running.comparison = 'slots'
                THEN slots.compared_share >= 0.5 AND slots.weeks >= 4 AND NOT list_contains(slots.reasons, 'method_break')
            ELSE told.compared_months >= 0.5 * told.months
        END AS is_enough
    FROM running
    LEFT JOIN told
        ON running.office = told.office AND running.indicator = told.indicator AND running.site = told.site
        AND running.dimension = told.dimension AND running.period_kind = told.period_kind
    LEFT JOIN marts.indicator_comparison AS slots
        ON running.office = slots.office AND running.indicator = slots.indicator AND running.site = slots.site
        AND running.dimension = slots.dimension AND running.period_kind = slots.period_kind
        AND running.period_start = slots.period_start
)

SELECT
    *,
    CASE
        WHEN is_enough AND previous_value > 0
            THEN CAST(100 * (compared_value / previous_value - 1) AS DECIMAL(18, 2))
    END AS change_percent
FROM judged
WHERE is_by_slot OR months > 0
