-- The grid of each declared counter: every open hour since its first row, counted or not, and the closed hours
-- that have passages. Shorter slots are summed; a counter whose slots are longer than an hour has a row a day.

with hourly as (
    select
        office,
        counter,
        date_trunc('hour', start_at) as utc_hour,
        min({{ minutes_between('start_at', 'end_at') }}) as slot_minutes,
        sum(passage_count) as passage_count,
        -- Who counts both ways together sees everyone twice.
        sum(case direction when 'in' then passage_count when 'both' then passage_count / 2 end) as entry_count,
        sum(case direction when 'out' then passage_count when 'both' then passage_count / 2 end) as exit_count,
        max(case when direction in ('in', 'both') then 1 else 0 end) as has_entry_row,
        max(case when direction in ('out', 'both') then 1 else 0 end) as has_exit_row
    from {{ ref('counter_slot') }}
    where direction in ('in', 'out', 'both')
    group by office, counter, date_trunc('hour', start_at)
),

counters as (
    select
        counter.office,
        counter.counter,
        counter.site,
        counter.silence,
        min(hourly.slot_minutes) > 60 as is_daily,
        min(hourly.utc_hour) as first_at,
        max(hourly.has_entry_row) as has_entries,
        max(hourly.has_exit_row) as has_exits
    from {{ source('settings', 'counter') }} as counter
    inner join hourly on counter.office = hourly.office and counter.counter = hourly.counter
    group by counter.office, counter.counter, counter.site, counter.silence
),

local_day as (
    select office, local_date, min(utc_hour) as utc_hour, 60 * count(*) as day_minutes
    from {{ source('settings', 'local_hour') }}
    group by office, local_date
),

-- Up to the end of the last local day that has a row something was delivered; afterwards nothing is known.
delivered as (
    select
        hourly.office,
        hourly.counter,
        max(local_day.utc_hour + local_day.day_minutes * interval '1' minute) as until_at
    from hourly
    inner join {{ source('settings', 'local_hour') }} as place
        on hourly.office = place.office and hourly.utc_hour = place.utc_hour
    inner join local_day on place.office = local_day.office and place.local_date = local_day.local_date
    group by hourly.office, hourly.counter
),

counted as (
    select
        hourly.office,
        hourly.counter,
        hourly.utc_hour,
        hourly.passage_count,
        hourly.entry_count,
        hourly.exit_count,
        hourly.has_entry_row,
        hourly.has_exit_row
    from hourly
    inner join counters on hourly.office = counters.office and hourly.counter = counters.counter
    where not counters.is_daily
    union all
    select
        hourly.office,
        hourly.counter,
        local_day.utc_hour,
        sum(hourly.passage_count) as passage_count,
        sum(hourly.entry_count) as entry_count,
        sum(hourly.exit_count) as exit_count,
        max(hourly.has_entry_row) as has_entry_row,
        max(hourly.has_exit_row) as has_exit_row
    from hourly
    inner join counters on hourly.office = counters.office and hourly.counter = counters.counter
    inner join {{ source('settings', 'local_hour') }} as place
        on hourly.office = place.office and hourly.utc_hour = place.utc_hour
    inner join local_day on place.office = local_day.office and place.local_date = local_day.local_date
    where counters.is_daily
    group by hourly.office, hourly.counter, local_day.utc_hour
),

grid as (
    select counters.office, counters.counter, opening.utc_hour, opening.open_minutes
    from counters
    inner join {{ source('settings', 'opening_hour') }} as opening
        on counters.office = opening.office and counters.site = opening.site
    inner join {{ source('settings', 'office') }} as office on counters.office = office.office
    where not counters.is_daily and opening.utc_hour >= counters.first_at and opening.utc_hour < office.as_of
    union all
    select counters.office, counters.counter, local_day.utc_hour, sum(opening.open_minutes) as open_minutes
    from counters
    inner join {{ source('settings', 'opening_hour') }} as opening
        on counters.office = opening.office and counters.site = opening.site
    inner join {{ source('settings', 'office') }} as office on counters.office = office.office
    inner join {{ source('settings', 'local_hour') }} as first_hour
        on counters.office = first_hour.office and counters.first_at = first_hour.utc_hour
    inner join local_day on opening.office = local_day.office and opening.local_date = local_day.local_date
    where
        counters.is_daily
        and opening.local_date >= first_hour.local_date
        and opening.local_date < office.as_of_date
    group by counters.office, counters.counter, local_day.utc_hour
),

hours as (
    select
        coalesce(grid.office, counted.office) as office,
        coalesce(grid.counter, counted.counter) as counter,
        coalesce(grid.utc_hour, counted.utc_hour) as utc_hour,
        coalesce(grid.open_minutes, 0) as open_minutes,
        counters.silence = 'zero' and coalesce(grid.utc_hour, counted.utc_hour) < delivered.until_at
            as is_zero_without_row,
        counted.counter is not null as has_row,
        coalesce(counted.has_entry_row, 0) as has_entry_row,
        coalesce(counted.has_exit_row, 0) as has_exit_row,
        counted.passage_count,
        counted.entry_count,
        counted.exit_count
    from grid
    full outer join counted
        on
            grid.office = counted.office
            and grid.counter = counted.counter
            and grid.utc_hour = counted.utc_hour
    inner join counters
        on
            coalesce(grid.office, counted.office) = counters.office
            and coalesce(grid.counter, counted.counter) = counters.counter
    inner join delivered on counters.office = delivered.office and counters.counter = delivered.counter
    where coalesce(grid.open_minutes, 0) > 0 or counted.passage_count > 0
)

select
    hours.office,
    counters.site,
    hours.counter,
    hours.utc_hour,
    place.local_date,
    place.local_hour,
    -- The day on which winter time begins has 25 hours.
    cast(case when counters.is_daily then greatest(1440, local_day.day_minutes) else 60 end as bigint)
        as slot_minutes,
    cast(hours.open_minutes as bigint) as open_minutes,
    -- A counter that sends no row when nothing passes counted zero in each direction that it knows.
    case when hours.is_zero_without_row and not hours.has_row then 0 else hours.passage_count end as passage_count,
    case
        when hours.is_zero_without_row and hours.has_entry_row < counters.has_entries then 0
        else hours.entry_count
    end as entry_count,
    case
        when hours.is_zero_without_row and hours.has_exit_row < counters.has_exits then 0
        else hours.exit_count
    end as exit_count
from hours
inner join counters on hours.office = counters.office and hours.counter = counters.counter
inner join {{ source('settings', 'local_hour') }} as place
    on hours.office = place.office and hours.utc_hour = place.utc_hour
inner join local_day on place.office = local_day.office and place.local_date = local_day.local_date
