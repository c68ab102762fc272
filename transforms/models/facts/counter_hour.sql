-- The grid of each declared counter: every open hour since its first row, counted or not, and the closed
-- hours that have passages. A counter whose slots are longer than an hour has one row a local day.

with counters as (
    select
        counter.office,
        counter.counter,
        counter.site,
        counter.silence,
        min(slot.slot_minutes) > 60 as is_daily,
        min(slot.start_at) as first_at,
        min(slot.local_date) as first_date
    from {{ source('settings', 'counter') }} as counter
    inner join {{ ref('counter_slot') }} as slot
        on counter.office = slot.office and counter.counter = slot.counter
    group by counter.office, counter.counter, counter.site, counter.silence
),

midnight as (
    select office, local_date, min(utc_hour) as utc_hour, 60 * count(*) as day_minutes
    from {{ source('settings', 'local_hour') }}
    group by office, local_date
),

grid as (
    select
        counters.office,
        counters.counter,
        opening.utc_hour,
        opening.local_date,
        opening.local_hour,
        opening.open_minutes
    from counters
    inner join {{ source('settings', 'office') }} as office on counters.office = office.office
    inner join {{ source('settings', 'opening_hour') }} as opening
        on
            counters.office = opening.office
            and counters.site = opening.site
            and opening.utc_hour >= date_trunc('hour', counters.first_at)
            and opening.utc_hour < office.as_of
    where not counters.is_daily
    union all
    select
        counters.office,
        counters.counter,
        midnight.utc_hour,
        opening.local_date,
        0 as local_hour,
        sum(opening.open_minutes) as open_minutes
    from counters
    inner join {{ source('settings', 'office') }} as office on counters.office = office.office
    inner join {{ source('settings', 'opening_hour') }} as opening
        on
            counters.office = opening.office
            and counters.site = opening.site
            and opening.local_date >= counters.first_date
            and opening.local_date < office.as_of_date
    inner join midnight
        on opening.office = midnight.office and opening.local_date = midnight.local_date
    where counters.is_daily
    group by counters.office, counters.counter, midnight.utc_hour, opening.local_date
),

counted as (
    select
        slot.office,
        slot.counter,
        case when counters.is_daily then midnight.utc_hour else date_trunc('hour', slot.start_at) end as utc_hour,
        slot.local_date,
        case when counters.is_daily then 0 else slot.local_hour end as local_hour,
        sum(slot.passage_count) as passage_count,
        sum(case slot.direction
            when 'in' then slot.passage_count
            when 'both' then slot.passage_count / 2
        end) as entry_count
    from {{ ref('counter_slot') }} as slot
    inner join counters on slot.office = counters.office and slot.counter = counters.counter
    inner join midnight on slot.office = midnight.office and slot.local_date = midnight.local_date
    where slot.direction in ('in', 'out', 'both')
    group by 1, 2, 3, 4, 5
),

hours as (
    select
        coalesce(grid.office, counted.office) as office,
        coalesce(grid.counter, counted.counter) as counter,
        coalesce(grid.utc_hour, counted.utc_hour) as utc_hour,
        coalesce(grid.local_date, counted.local_date) as local_date,
        coalesce(grid.local_hour, counted.local_hour) as local_hour,
        coalesce(grid.open_minutes, 0) as open_minutes,
        counted.counter is not null as has_row,
        counted.passage_count,
        counted.entry_count
    from grid
    full outer join counted
        on
            grid.office = counted.office
            and grid.counter = counted.counter
            and grid.utc_hour = counted.utc_hour
)

select
    hours.office,
    counters.site,
    hours.counter,
    hours.utc_hour,
    hours.local_date,
    hours.local_hour,
    -- The day on which winter time begins has 25 hours.
    cast(case when counters.is_daily then greatest(1440, midnight.day_minutes) else 60 end as bigint)
        as slot_minutes,
    cast(hours.open_minutes as bigint) as open_minutes,
    case
        when hours.has_row then hours.passage_count
        when counters.silence = 'zero' then 0
    end as passage_count,
    case
        when hours.has_row then hours.entry_count
        when counters.silence = 'zero' then 0
    end as entry_count
from hours
inner join counters on hours.office = counters.office and hours.counter = counters.counter
inner join midnight on hours.office = midnight.office and hours.local_date = midnight.local_date
where hours.open_minutes > 0 or hours.passage_count > 0
