-- A file that lies in an inbox and could not be taken.
SELECT *, row_number() OVER (ORDER BY source, file, left_at) AS rank FROM quality.left_file WHERE ended_at IS NULL
