-- A change of method that office.yml declares. Its reason is told within sentences of ours: without its full stop.
SELECT
    * REPLACE (regexp_replace(trim(reason), '([^.])\.$', '\1') AS reason),
    row_number() OVER (ORDER BY indicator, site, break_date, reason) AS rank
FROM marts.method_break
