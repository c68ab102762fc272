-- How many people came in on average in an hour of a weekday, over the hours of a year that are believed. One that opens
-- less than half as often as the others is left out: Sundays of August beside Saturdays of a year say nothing of the day.
SELECT
    counter_hour.site, calendar.year, calendar.weekday, counter_hour.local_hour,
    cast(avg(counter_hour.entry_count) AS DECIMAL(18, 4)) AS mean_count,
    count(*) AS hours
FROM marts.counter_hour
JOIN marts.calendar ON counter_hour.office = calendar.office AND counter_hour.local_date = calendar.local_date
WHERE counter_hour.is_valid AND counter_hour.open_minutes >= 30 AND counter_hour.slot_minutes = 60
GROUP BY counter_hour.site, calendar.year, calendar.weekday, counter_hour.local_hour
HAVING count(*) >= 4
QUALIFY 2 * count(*) >= max(count(*)) OVER (PARTITION BY counter_hour.site, calendar.year)
