-- Passages by counter, direction and slot of at least an hour; shorter slots are summed into hours of UTC.

with rows as (
    select
        counts.office,
        counts.counter,
        counts.channel_id,
        counts.direction,
        counts.start_at,
        coalesce(
            counts.end_at,
            counts.start_at + channel.time_step_seconds * interval '1' second
        ) as end_at,
        counts.passage_count,
        counts.index_reading
    from {{ ref('stg_counter_counts') }} as counts
    left join {{ ref('stg_counter_channels') }} as channel
        on counts.office = channel.office and counts.channel_id = channel.channel_id
),

-- Where nobody tells how long a slot is: up to the next one of the channel, and an hour at most.
sized as (
    select
        office,
        counter,
        channel_id,
        direction,
        start_at,
        least(
            start_at + interval '1' hour,
            coalesce(
                lead(start_at) over (partition by office, counter, channel_id order by start_at),
                start_at + interval '1' hour
            )
        ) as end_at,
        passage_count,
        index_reading
    from rows
    where end_at is null
    union all
    select
        office,
        counter,
        channel_id,
        direction,
        start_at,
        end_at,
        passage_count,
        index_reading
    from rows
    where end_at is not null
),

-- A cumulative index: what passed from one reading to the next belongs to the slot between them.
readings as (
    select
        *,
        lead(start_at) over (partition by office, counter, channel_id order by start_at) as next_at,
        lead(index_reading) over (partition by office, counter, channel_id order by start_at) - index_reading
            as difference
    from sized
    where index_reading is not null
),

differences as (
    select
        readings.office,
        readings.counter,
        readings.direction,
        readings.start_at,
        readings.end_at,
        -- After a hole nobody knows when they passed. A fall is a roll-over when what it makes up is less
        -- than half the way round; else the meter was reset, and the count is unknown.
        case
            when readings.next_at > readings.end_at then null
            when readings.difference >= 0 then cast(readings.difference as double)
            when readings.difference + counter.index_modulus < counter.index_modulus / 2
                then cast(readings.difference + counter.index_modulus as double)
        end as passage_count
    from readings
    left join {{ source('settings', 'counter') }} as counter
        on readings.office = counter.office and readings.counter = counter.counter
    where readings.next_at is not null
),

counted as (
    select office, counter, direction, start_at, end_at, passage_count
    from sized
    where index_reading is null
    union all
    select office, counter, direction, start_at, end_at, passage_count
    from differences
),

slots as (
    select
        office,
        counter,
        direction,
        case when end_at < start_at + interval '1' hour then date_trunc('hour', start_at) else start_at end
            as start_at,
        max(
            case when end_at < start_at + interval '1' hour
                then date_trunc('hour', start_at) + interval '1' hour
                else end_at
            end
        ) as end_at,
        sum(passage_count) as passage_count
    from counted
    group by
        office,
        counter,
        direction,
        case when end_at < start_at + interval '1' hour then date_trunc('hour', start_at) else start_at end
),

-- Minutes that each site has been open before each hour: those of a slot are a difference.
opened as (
    select
        hour.office,
        site.site,
        hour.utc_hour,
        sum(coalesce(opening.open_minutes, 0)) over (
            partition by hour.office, site.site
            order by hour.utc_hour
            rows between unbounded preceding and current row
        ) - coalesce(opening.open_minutes, 0) as minutes_before,
        coalesce(opening.open_minutes, 0) as open_minutes
    from {{ source('settings', 'local_hour') }} as hour
    inner join (select distinct office, site from {{ source('settings', 'counter') }}) as site
        on hour.office = site.office
    left join {{ source('settings', 'opening_hour') }} as opening
        on site.office = opening.office and site.site = opening.site and hour.utc_hour = opening.utc_hour
)

select
    slots.office,
    counter.site,
    slots.counter,
    slots.direction,
    slots.start_at,
    slots.end_at,
    cast({{ minutes_between('slots.start_at', 'slots.end_at') }} as bigint) as slot_minutes,
    local.local_date,
    local.local_hour,
    cast(
        case
            when slots.end_at <= date_trunc('hour', slots.start_at) + interval '1' hour then first_hour.open_minutes
            else coalesce(end_hour.minutes_before, first_hour.minutes_before + first_hour.open_minutes)
                - first_hour.minutes_before
        end as bigint
    ) as open_minutes,
    slots.passage_count
from slots
left join {{ source('settings', 'counter') }} as counter
    on slots.office = counter.office and slots.counter = counter.counter
left join {{ source('settings', 'local_hour') }} as local
    on slots.office = local.office and date_trunc('hour', slots.start_at) = local.utc_hour
left join opened as first_hour
    on
        slots.office = first_hour.office
        and counter.site = first_hour.site
        and date_trunc('hour', slots.start_at) = first_hour.utc_hour
left join opened as end_hour
    on
        slots.office = end_hour.office
        and counter.site = end_hour.site
        and date_trunc('hour', slots.end_at) = end_hour.utc_hour
