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
            counts.start_at + channel.time_step * interval '1' second,
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
    from {{ raw('counter_counts') }} as counts
    left join {{ raw('counter_channels') }} as channel
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
),

differences as (
    select
        readings.*,
        counter.index_modulus,
        -- After a hole nobody knows when they passed; a reading late by half a slot at most leaves none.
        readings.next_at > readings.end_at + (readings.end_at - readings.start_at) / 2 as is_after_hole,
        counter.most_per_hour
        * greatest({{ minutes_between('readings.start_at', 'readings.end_at') }} / 60.0, 1) as most
    from readings
    left join {{ source('settings', 'counter') }} as counter
        on readings.office = counter.office and readings.counter = counter.counter
    where readings.next_at is not null
),

rises as (
    select
        *,
        max(case when not is_after_hole and difference between 0 and most then difference end)
            over (partition by office, counter, channel_id) as largest_rise
    from differences
),

-- A fall is a roll-over when what it makes up is little beside its range and no more than twice what the channel
-- ever counted in a slot; else the meter was reset, as it was when it leaps: the count is unknown.
counted as (
    select
        *,
        case
            when is_after_hole then null
            when difference between 0 and most then difference
            when
                difference < 0
                and difference + index_modulus < index_modulus / 2
                and difference + index_modulus <= least(most, 2 * largest_rise)
                then difference + index_modulus
        end as passed
    from rises
)

select office, counter, channel_id, direction, start_at, end_at, passage_count, false as is_reset
from {{ raw('counter_counts') }}
where end_at is not null and index_reading is null
union all
select office, counter, channel_id, direction, start_at, end_at, passage_count, false
from resolved
where index_reading is null
union all
select
    office,
    counter,
    channel_id,
    direction,
    start_at,
    end_at,
    cast(passed as double),
    passed is null and not is_after_hole
from counted
