-- A line of the quality table in a year.
SELECT line.*, indicator.decimals
FROM marts.quality_objective AS line
LEFT JOIN marts.indicator ON line.given_by = 'system' AND line.indicator = indicator.indicator
