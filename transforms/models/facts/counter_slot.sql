{{ config(schema='staging', materialized='view') }}
-- What each channel counted in each of its slots, whether it sends counts or a running index.

with resolved as (
    select
        counts.office,
        counts.counter,
        counts.channel_id,
        counts.direction,
        counts.start_at,
        coalesce(
            counts.end_at,
            counts.start_at + channel.time_step_seconds * interval '1' second,
            -- Where nobody tells how long a slot is: up to the next one of the channel, and an hour at most.
            least(
                counts.start_at + interval '1' hour,
                lead(counts.start_at)
                    over (partition by counts.office, counts.counter, counts.channel_id order by counts.start_at)
            ),
            counts.start_at + interval '1' hour
        ) as end_at,
        counts.passage_count,
        counts.index_reading
    from {{ ref('stg_counter_counts') }} as counts
    left join {{ ref('stg_counter_channels') }} as channel
        on counts.office = channel.office and counts.channel_id = channel.channel_id
    where counts.end_at is null or counts.index_reading is not null
),

-- A cumulative index: what passed from one reading to the next belongs to the slot between them.
readings as (
    select
        *,
        lead(start_at) over (partition by office, counter, channel_id order by start_at) as next_at,
        lead(index_reading) over (partition by office, counter, channel_id order by start_at) - index_reading
            as difference
    from resolved
    where index_reading is not null
)

select office, counter, direction, start_at, end_at, passage_count
from {{ ref('stg_counter_counts') }}
where end_at is not null and index_reading is null
union all
select office, counter, direction, start_at, end_at, passage_count
from resolved
where index_reading is null
union all
select
    readings.office,
    readings.counter,
    readings.direction,
    readings.start_at,
    readings.end_at,
    -- After a hole nobody knows when they passed; a reading late by half a slot at most leaves none. A fall is a
    -- roll-over when what it makes up is less than half the way round; else the meter was reset, and the count is
    -- unknown.
    case
        when readings.next_at > readings.end_at + (readings.end_at - readings.start_at) / 2 then null
        when readings.difference >= 0 then cast(readings.difference as double)
        when readings.difference + counter.index_modulus < counter.index_modulus / 2
            then cast(readings.difference + counter.index_modulus as double)
    end as passage_count
from readings
left join {{ source('settings', 'counter') }} as counter
    on readings.office = counter.office and readings.counter = counter.counter
where readings.next_at is not null
