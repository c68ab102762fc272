-- A figure of a period, with its place and what its change stands on.
SELECT
    value.*,
    indicator.label_fr, indicator.label_en, indicator.section, indicator.source_system, indicator.decimals, indicator.kind, indicator.comparison,
    indicator.of_indicator, indicator.by_indicator,
    site.site_name,
    comparison.compared_share,
    coalesce(comparison.reasons, []) AS reasons
FROM marts.indicator_value AS value
JOIN marts.indicator USING (indicator)
LEFT JOIN marts.site ON value.office = site.office AND value.site = site.site
LEFT JOIN marts.indicator_comparison AS comparison
    ON value.office = comparison.office AND value.indicator = comparison.indicator
    AND value.site = comparison.site AND value.dimension = comparison.dimension
    AND value.period_kind = comparison.period_kind AND value.period_start = comparison.period_start
