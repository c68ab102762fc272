-- Incidents of the listening register by the day of their entry, with the days by which they are to be and were settled.
select
    office,
    origin,
    coalesce(theme, 'other') as theme,
    entered_on as entered_date,
    -- Thirty days where nobody wrote down by when.
    coalesce(due_on, cast(entered_on + interval '30' day as date)) as due_date,
    closed_on as closed_date,
    count(*) as incident_count
from {{ ref('listening_entry') }}
where nature = 'incident'
group by
    office, origin, coalesce(theme, 'other'), entered_on,
    coalesce(due_on, cast(entered_on + interval '30' day as date)), closed_on
