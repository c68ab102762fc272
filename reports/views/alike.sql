-- Open incidents of one rule and one fault: how many there are, how grave the gravest is, and the oldest one.
SELECT rule, fault, count(*) AS incidents,
       max(list_position(['question', 'medium', 'high', 'critical'], severity)) AS gravity,
       max(onset_at) AS newest_at, arg_min(incident_id, (onset_at, incident_id)) AS oldest_id
FROM quality.incident WHERE status <> 'resolved'
GROUP BY rule, fault
