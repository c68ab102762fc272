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

-- Every hour of each site that counts, and of none for counters that are not declared, with the minutes that the
-- site has been open by its end: those of a longer slot are a difference.
site_hours as (
    select
        hour.office,
        site.site,
        hour.utc_hour,
        hour.local_date,
        hour.local_hour,
        coalesce(opening.open_minutes, 0) as open_minutes,
        sum(coalesce(opening.open_minutes, 0)) over (
            partition by hour.office, site.site
            order by hour.utc_hour
            rows between unbounded preceding and current row
        ) as minutes_by_end
    from {{ source('settings', 'local_hour') }} as hour
    inner join (
        select distinct office, site from {{ source('settings', 'counter') }}
        union all
        select distinct office, '' from {{ source('settings', 'local_hour') }}
    ) as site on hour.office = site.office
    left join {{ source('settings', 'opening_hour') }} as opening
        on site.office = opening.office and site.site = opening.site and hour.utc_hour = opening.utc_hour
),

placed as (
    select
        slots.office,
        counter.site,
        slots.counter,
        slots.direction,
        slots.start_at,
        slots.end_at,
        slots.passage_count,
        first_hour.local_date,
        first_hour.local_hour,
        first_hour.open_minutes,
        first_hour.minutes_by_end
    from slots
    left join {{ source('settings', 'counter') }} as counter
        on slots.office = counter.office and slots.counter = counter.counter
    left join site_hours as first_hour
        on
            slots.office = first_hour.office
            and coalesce(counter.site, '') = first_hour.site
            and date_trunc('hour', slots.start_at) = first_hour.utc_hour
)

select
    placed.office,
    placed.site,
    placed.counter,
    placed.direction,
    placed.start_at,
    placed.end_at,
    cast({{ minutes_between('placed.start_at', 'placed.end_at') }} as bigint) as slot_minutes,
    placed.local_date,
    placed.local_hour,
    cast(
        case
            when placed.site is null then null
            when placed.end_at <= date_trunc('hour', placed.start_at) + interval '1' hour then placed.open_minutes
            -- Without a last hour the calendar ends before the slot: what is known of it is its first hour.
            else placed.open_minutes
                + coalesce(end_hour.minutes_by_end - end_hour.open_minutes - placed.minutes_by_end, 0)
        end as bigint
    ) as open_minutes,
    placed.passage_count
from placed
left join site_hours as end_hour
    on
        placed.office = end_hour.office
        and placed.site = end_hour.site
        and date_trunc('hour', placed.end_at) = end_hour.utc_hour
