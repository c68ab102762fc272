-- A change of method that office.yml declares.
SELECT *, row_number() OVER (ORDER BY indicator, site, break_date, reason) AS rank FROM marts.method_break
