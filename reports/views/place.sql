-- A site of the office.
SELECT * FROM marts.site
