{{ config(schema='staging', materialized='view') }}
-- Which counted hours are believed. A view: the episodes of quality.outage are judged after the facts are built.
-- Episodes of level (half, doubled, drift, step, clock_shift, directions_exchanged) are questions that people must
-- answer: their counts stay.

with judged as (
    select
        hour.office,
        hour.counter,
        hour.utc_hour,
        max(case
            when episode.fault in ('stuck', 'duplicate_delivery') then episode.fault
            when episode.fault = 'one_direction_dead' and episode.direction = 'in' then episode.fault
        end) as never_believed,
        max(case when episode.fault in ('no_data', 'zeros', 'frozen_index') then episode.fault end)
            as zeros_not_believed
    from {{ ref('counter_hour') }} as hour
    inner join {{ source('settings', 'office') }} as office on hour.office = office.office
    inner join {{ source('quality', 'outage') }} as episode
        on hour.office = episode.office and 'counter:' || hour.counter = episode.subject
    where
        hour.utc_hour + hour.slot_minutes * interval '1' minute > episode.onset_at
        and hour.utc_hour < coalesce(episode.ended_at, office.as_of)
    group by hour.office, hour.counter, hour.utc_hour
),

hours as (
    select
        hour.office,
        hour.counter,
        hour.site,
        hour.utc_hour,
        hour.local_date,
        hour.local_hour,
        hour.slot_minutes,
        hour.open_minutes,
        hour.entry_count,
        case
            when hour.entry_count is null then 'no_row'
            when correction.action = 'ignore' then 'corrected'
            when judged.never_believed is not null then judged.never_believed
            when not hour.entry_count > 0 then judged.zeros_not_believed
        end as invalid_because,
        coalesce(correction.factor, 1) as correction_factor
    from {{ ref('counter_hour') }} as hour
    left join judged
        on hour.office = judged.office and hour.counter = judged.counter and hour.utc_hour = judged.utc_hour
    left join {{ source('settings', 'correction') }} as correction
        on
            hour.office = correction.office
            and hour.counter = correction.counter
            and hour.local_date >= correction.first_date
            and hour.local_date <= correction.last_date
)

select
    office,
    counter,
    site,
    utc_hour,
    local_date,
    local_hour,
    slot_minutes,
    open_minutes,
    entry_count,
    invalid_because is null as is_valid,
    invalid_because,
    correction_factor
from hours
