-- When a counted series was wrong.
SELECT outage.*, counter.site
FROM quality.outage
JOIN marts.counter ON outage.office = counter.office AND outage.subject = 'counter:' || counter.counter
