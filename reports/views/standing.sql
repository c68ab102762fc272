-- One row: how many things are open, as of the night that was published; a first night may have no figure.
SELECT
    (SELECT count(*) FROM quality.incident WHERE status <> 'resolved') AS open_incidents,
    (SELECT count(*) FROM quality.incident WHERE status <> 'resolved' AND severity IN ('high', 'critical'))
        AS grave_incidents,
    (SELECT count(*) FROM quality.incident WHERE status <> 'resolved' AND rule = 'source_late') AS late_sources,
    (SELECT count(*) FROM quality.check_result
     WHERE NOT success AND as_of = (SELECT max(as_of) FROM quality.check_result)) AS failed_checks,
    (SELECT count(*) FROM quality.check_result
     WHERE as_of = (SELECT max(as_of) FROM quality.check_result)) AS checks,
    (SELECT count(*) FROM quality.returned_copy) AS returned_files,
    (SELECT count(*) FROM quality.left_file WHERE ended_at IS NULL) AS left_files,
    (SELECT count(DISTINCT source) FROM quality.load) AS sources,
    (SELECT count(*) FROM marts.indicator) AS indicators,
    (SELECT max(as_of) FROM quality.check_result) AS refreshed_at
