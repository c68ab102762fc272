{{ config(schema='staging', materialized='view') }}
-- Which hours of a counter may be believed.

with wrong as (
    select
        hour.office,
        hour.counter,
        hour.utc_hour,
        min(case when episode.fault in ('no_data', 'zeros', 'frozen_index') then episode.fault end) as silent_fault,
        min(case
            when episode.fault in ('stuck', 'duplicate_delivery') then episode.fault
            when episode.fault = 'one_direction_dead' and episode.direction = 'in' then episode.fault
        end) as false_fault
    from {{ ref('counter_hour') }} as hour
    inner join {{ source('settings', 'office') }} as office on hour.office = office.office
    inner join {{ source('quality', 'outage') }} as episode
        on hour.office = episode.office and 'counter:' || hour.counter = episode.subject
    where
        hour.utc_hour + hour.slot_minutes * interval '1' minute > episode.onset_at
        and hour.utc_hour < coalesce(episode.ended_at, office.as_of)
    group by hour.office, hour.counter, hour.utc_hour
),

judged as (
    select
        hour.*,
        case
            when wrong.false_fault is not null then wrong.false_fault
            -- Passages that a silence's hours hold were counted: only its zeros are not believed.
            when wrong.silent_fault is not null and coalesce(hour.entry_count, 0) = 0 then wrong.silent_fault
            when hour.entry_count is null then 'no_row'
        end as invalid_because
    from {{ ref('counter_hour') }} as hour
    left join wrong
        on hour.office = wrong.office and hour.counter = wrong.counter and hour.utc_hour = wrong.utc_hour
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
    cast(1 as double) as correction_factor
from judged
