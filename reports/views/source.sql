-- A source that ever received a file: its latest one, and what became of all of them.
SELECT
    source,
    count(*) AS file_count,
    count(*) FILTER (WHERE status = 'refused') AS refused_count,
    sum(rows_loaded) AS rows_loaded,
    sum(rows_quarantined) AS rows_quarantined,
    max(received_at) AS received_at,
    arg_max(file, (received_at, delivery_id)) AS file
FROM quality.load
GROUP BY source
