{{ config(schema='staging', materialized='view') }}
-- Counters, barriers and kiosks by local day. What another fault or the office file explains is not complete: a
-- contradiction is news only where nothing else tells it.

with day as (
    select
        office,
        subject,
        site,
        local_date,
        cast(sum(open_minutes) as double) / 60 as open_hours,
        sum(case when open_minutes > 0 then observed_count end) as recorded,
        count(case when open_minutes > 0 and observed_count is null then 1 end) as missing_count,
        min(utc_hour) as begins_at,
        max(utc_hour + slot_minutes * interval '1' minute) as ends_at
    from {{ ref('counted_series') }}
    group by office, subject, site, local_date
),

-- Hours that changed places, and entries that did so with exits, leave the sum of a day as it was.
explained as (
    select
        day.office,
        day.subject,
        day.local_date
    from day
    inner join {{ source('settings', 'office') }} as office on day.office = office.office
    inner join {{ source('quality', 'outage') }} as episode
        on day.office = episode.office and day.subject = episode.subject
    where
        episode.fault not in {{ faults('moved') }}
        and day.ends_at > episode.onset_at
        and day.begins_at < least(
            coalesce(episode.ended_at, office.as_of), coalesce(episode.usual_at, office.as_of)
        )
    group by day.office, day.subject, day.local_date
)

select
    day.office,
    day.subject as series,
    day.site,
    'day' as step,
    day.local_date as period_start,
    day.open_hours as exposure,
    day.recorded * case when correction.action = 'multiply' then correction.factor else 1 end as value,
    day.missing_count = 0
    and day.local_date < office.as_of_date
    and explained.local_date is null
    and closed.local_date is null
    and coalesce(correction.action, 'multiply') = 'multiply' as is_complete
from day
inner join {{ source('settings', 'office') }} as office on day.office = office.office
left join explained
    on
        day.office = explained.office
        and day.subject = explained.subject
        and day.local_date = explained.local_date
left join {{ source('settings', 'correction') }} as correction
    on
        day.office = correction.office
        and day.subject = concat('counter:', correction.counter)
        and day.local_date >= correction.first_date
        and day.local_date <= correction.last_date
left join {{ source('settings', 'closed_day') }} as closed
    on day.office = closed.office and day.site = closed.site and day.local_date = closed.local_date
