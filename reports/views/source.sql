-- A source that ever received a file: its latest one, what became of all of them, and the last day that figures know of it:
-- what was counted of it, of months that are over where it has no days, but for figures on the observing itself.
SELECT received.*, known.last_day
FROM (SELECT source,
             count(*) AS file_count,
             count(*) FILTER (WHERE status = 'refused') AS refused_count,
             sum(rows_loaded) AS rows_loaded,
             sum(rows_quarantined) AS rows_quarantined,
             max(received_at) AS received_at,
             arg_max(file, (received_at, delivery_id)) AS file
      FROM quality.load
      GROUP BY source) AS received
LEFT JOIN (SELECT source_system AS source, coalesce(max(period_end) FILTER (period_kind = 'day'), max(period_end)) AS last_day
           FROM marts.indicator_value
           JOIN marts.indicator USING (indicator)
           WHERE period_kind IN ('day', 'month') AND measured_value IS NOT NULL AND NOT is_about_observation
             AND period_end <= refreshed_at
           GROUP BY source_system) AS known USING (source)
