-- Open incidents of one rule, one fault and one kind of thing (what stands before the colon of a subject), the gravest and
-- the newest first: how many there are and how many come later in that order, how grave the gravest is, and the oldest one.
SELECT *, coalesce(sum(incidents) OVER (ORDER BY gravity DESC, newest_at DESC, rule, fault, kind
                                        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0)::BIGINT AS later
FROM (SELECT rule, fault, split_part(subject, ':', 1) AS kind, count(*) AS incidents,
             max(list_position(['question', 'medium', 'high', 'critical'], severity)) AS gravity,
             ['question', 'medium', 'high', 'critical'][gravity] AS severity,
             max(onset_at) AS newest_at, arg_min(incident_id, (onset_at, incident_id)) AS oldest_id
      FROM quality.incident WHERE status <> 'resolved'
      GROUP BY rule, fault, kind)
