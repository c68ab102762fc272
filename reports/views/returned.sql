-- A file of which a copy with its faulty cells marked was handed back.
SELECT returned_copy.source, returned_copy.delivery_id, returned_copy.file, load.file AS received_file,
    load.received_at, load.rows_read, load.rows_quarantined
FROM quality.returned_copy
JOIN quality.load USING (source, delivery_id)
