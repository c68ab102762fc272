{{ config(schema='staging', materialized='view') }}
-- Every day that is over since the log of the barrier or of the kiosk began, and whether it was out all day. A
-- view: the episodes of quality.outage are judged after the facts are built.

with logs as (
    select
        office,
        site,
        'barrier' as equipment,
        min(local_date) as first_date,
        max(local_date) as last_date
    from {{ ref('motorhome_passage') }}
    group by office, site
    union all
    select office, site, 'kiosk', min(local_date), max(local_date)
    from {{ ref('motorhome_payment') }}
    group by office, site
),

-- Local days wholly inside an outage, once each; a change of level or a closure is none.
outage_days as (
    select distinct outage.office, outage.subject, bounds.local_date
    from {{ source('quality', 'outage') }} as outage
    inner join {{ source('settings', 'office') }} as office on outage.office = office.office
    inner join {{ local_days() }} as bounds
        on
            outage.office = bounds.office
            and outage.onset_at <= bounds.starts_at
            and coalesce(outage.ended_at, office.as_of) >= bounds.ends_at
    where outage.fault in {{ faults('silence') }}
)

select
    logs.office,
    logs.site,
    logs.equipment,
    logs.last_date,
    calendar.local_date,
    outage_days.local_date is not null as is_out
from logs
inner join {{ source('settings', 'office') }} as office on logs.office = office.office
inner join {{ source('settings', 'calendar') }} as calendar
    on
        logs.office = calendar.office
        and calendar.local_date >= logs.first_date
        and calendar.local_date < office.as_of_date
left join outage_days
    on
        logs.office = outage_days.office
        and outage_days.subject = concat(logs.equipment, ':', logs.site)
        and calendar.local_date = outage_days.local_date
