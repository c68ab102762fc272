-- A figure that cannot be given, with the reason.
SELECT
    gap.*, indicator.label_fr, indicator.label_en, indicator.section, indicator.source_system, indicator.unit, indicator.decimals, indicator.kind,
    site.site_name
FROM marts.indicator_gap AS gap
JOIN marts.indicator USING (indicator)
LEFT JOIN marts.site ON gap.office = site.office AND gap.site = site.site
