-- A check of the last night that did not hold, with what people should know.
SELECT *, row_number() OVER (ORDER BY level, "table", "check", message) AS rank
FROM quality.check_result
WHERE NOT success AND as_of = (SELECT max(as_of) FROM quality.check_result)
