-- What somebody must deal with, or had to: the gravest and the newest first.
SELECT *, list_position(['question', 'medium', 'high', 'critical'], severity) AS gravity FROM quality.incident
