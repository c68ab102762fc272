{{ config(schema='staging', materialized='view') }}
-- The logs hold events only, so an hour without a row is an hour with none: it counts 0.

with events as (
    select
        office,
        site,
        'barrier' as subject_kind,
        direction,
        passed_at as happened_at
    from {{ raw('motorhome_passages') }}
    union all
    select office, site, 'kiosk', null, paid_at from {{ raw('motorhome_payments') }}
),

counted as (
    select
        office,
        site,
        subject_kind,
        date_trunc('hour', happened_at) as utc_hour,
        count(*) as events_count,
        count(case when direction = 'in' then 1 end) as entries_count,
        count(case when direction = 'out' then 1 end) as exits_count
    from events
    group by office, site, subject_kind, date_trunc('hour', happened_at)
),

subjects as (
    select office, site, subject_kind, min(utc_hour) as first_hour
    from counted
    group by office, site, subject_kind
)

select
    subject.office,
    concat(subject.subject_kind, ':', subject.site) as subject,
    subject.subject_kind,
    subject.site,
    hours.utc_hour,
    hours.local_date,
    hours.local_hour,
    60 as slot_minutes,
    coalesce(opening.open_minutes, 0) as open_minutes,
    cast(coalesce(counted.events_count, 0) as double) as observed_count,
    case when subject.subject_kind = 'barrier' then cast(coalesce(counted.entries_count, 0) as double) end
        as entry_count,
    case when subject.subject_kind = 'barrier' then cast(coalesce(counted.exits_count, 0) as double) end
        as exit_count
from subjects as subject
inner join {{ source('settings', 'office') }} as office on subject.office = office.office
inner join {{ source('settings', 'local_hour') }} as hours
    on
        subject.office = hours.office
        and hours.utc_hour >= subject.first_hour
        and hours.utc_hour + interval '1' hour <= office.as_of
left join {{ source('settings', 'opening_hour') }} as opening
    on
        subject.office = opening.office
        and subject.site = opening.site
        and hours.utc_hour = opening.utc_hour
left join counted
    on
        subject.office = counted.office
        and subject.site = counted.site
        and subject.subject_kind = counted.subject_kind
        and hours.utc_hour = counted.utc_hour
