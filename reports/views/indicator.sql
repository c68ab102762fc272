-- An indicator: its name, what it means, how it adds up.
SELECT * FROM marts.indicator
