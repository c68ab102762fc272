-- Open incidents of one rule, one fault and one kind of thing (what stands before the colon of a subject): how many there
-- are, how grave the gravest is, and the oldest one.
SELECT rule, fault, split_part(subject, ':', 1) AS kind, count(*) AS incidents,
       max(list_position(['question', 'medium', 'high', 'critical'], severity)) AS gravity,
       ['question', 'medium', 'high', 'critical'][gravity] AS severity,
       max(onset_at) AS newest_at, arg_min(incident_id, (onset_at, incident_id)) AS oldest_id
FROM quality.incident WHERE status <> 'resolved'
GROUP BY rule, fault, kind
