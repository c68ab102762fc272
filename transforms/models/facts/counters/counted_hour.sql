{{ config(schema='staging', materialized='table') }}
-- What each declared counter delivered, hour by hour: every open hour since its first row, counted or not, and the
-- closed hours that have passages. Shorter slots are summed. A longer slot has one row, and the hours that it covers
-- were counted: they have none of their own.
{% set channel = 'office, counter, channel_id, direction' %}

-- Written out twice below: of ten million slots, those of counters with one step are summed without being kept.
{% set slots %}
    select
        slot.office,
        slot.counter,
        slot.channel_id,
        slot.direction,
        slot.start_at,
        -- A slot of a day is the local day, which may have 23 or 25 hours.
        case
            when slot.end_at between local_day.starts_at + interval '23' hour and local_day.starts_at + interval '25' hour
                then local_day.ends_at
            else slot.end_at
        end as end_at,
        slot.passage_count,
        slot.is_reset,
        service.has_several_steps
    from {{ ref('counter_slot') }} as slot
    inner join {{ ref('counter_service') }} as service
        on slot.office = service.office and slot.counter = service.counter
    left join local_day on slot.office = local_day.office and slot.start_at = local_day.starts_at
    where
        slot.direction in ('in', 'out', 'both')
        and (service.from_at is null or slot.start_at >= service.from_at)
        and (service.until_at is null or slot.start_at < service.until_at)
{% endset %}

with local_day as {{ local_days() }},

-- Where slots of a channel lie within a longer one of it, the same passages are told twice. Such a family is told
-- by the shortest step that counted no less than the longest one.
nested as (
    select
        *,
        end_at - start_at as step,
        max(end_at) over (
            partition by {{ channel }} order by start_at, end_at desc rows between unbounded preceding and 1 preceding
        ) as family_until
    from ({{ slots }}) as slots
    where has_several_steps
),

families as (
    select
        *,
        sum(case when end_at <= family_until then 0 else 1 end) over (
            partition by {{ channel }} order by start_at, end_at desc rows between unbounded preceding and current row
        ) as family
    from nested
),

steps as (
    select {{ channel }}, family, step, coalesce(sum(passage_count), -1) as passage_count
    from families
    group by {{ channel }}, family, step
),

longest_steps as (
    select
        *,
        first_value(step) over (partition by {{ channel }}, family order by step desc) as longest,
        first_value(passage_count) over (partition by {{ channel }}, family order by step desc) as longest_count
    from steps
),

counted_by as (
    select
        {{ channel }},
        family,
        longest,
        min(case when passage_count >= longest_count then step end) as step
    from longest_steps
    group by {{ channel }}, family, longest
),

kept as (
    select office, counter, direction, start_at, end_at, passage_count, is_reset
    from ({{ slots }}) as slots
    where not has_several_steps
    union all
    select
        families.office,
        families.counter,
        families.direction,
        families.start_at,
        families.end_at,
        families.passage_count,
        families.is_reset
    from families
    inner join counted_by using ({{ channel }}, family, step)
),

-- What the shorter slots of a family leave out was counted too: nobody passed.
at_zero as (
    select distinct office, counter, utc_hour
    from (
        select
            families.office,
            families.counter,
            {{ each_hour("date_trunc('hour', families.start_at)", 'families.end_at') }} as utc_hour
        from families
        inner join counted_by using ({{ channel }}, family)
        where families.step = counted_by.longest and counted_by.longest > counted_by.step and families.passage_count is not null
    ) as each_hour
),

hourly as (
    select
        office,
        counter,
        date_trunc('hour', start_at) as utc_hour,
        sum(passage_count) as passage_count,
        -- Who counts both ways together sees everyone twice.
        sum(case direction when 'in' then passage_count when 'both' then passage_count / 2 end) as entry_count,
        sum(case direction when 'out' then passage_count when 'both' then passage_count / 2 end) as exit_count,
        max(case when direction in ('in', 'both') then 1 else 0 end) as has_entry_row,
        max(case when direction in ('out', 'both') then 1 else 0 end) as has_exit_row,
        max(case when is_reset then 1 else 0 end) as has_reset,
        min(end_at - start_at) <= interval '90' minute as is_hourly,
        max(case when end_at - start_at > interval '90' minute and passage_count is not null then end_at end)
            as covered_until
    from kept
    group by office, counter, date_trunc('hour', start_at)
),

counters as (
    select
        service.office,
        service.counter,
        service.site,
        service.silence,
        service.until_at,
        min(hourly.utc_hour) as first_at,
        max(coalesce(hourly.covered_until - interval '1' hour, hourly.utc_hour)) as last_at,
        max(case when hourly.is_hourly then 0 else 1 end) = 1 as has_longer_slots,
        max(hourly.has_entry_row) as has_entries,
        max(hourly.has_exit_row) as has_exits
    from {{ ref('counter_service') }} as service
    inner join hourly on service.office = hourly.office and service.counter = hourly.counter
    group by service.office, service.counter, service.site, service.silence, service.until_at
),

-- Up to the end of the last local day that has a row something was delivered; afterwards nothing is known.
delivered as (
    select counters.office, counters.counter, local_day.ends_at as until_at
    from counters
    inner join local_day
        on
            counters.office = local_day.office
            and counters.last_at >= local_day.starts_at
            and counters.last_at < local_day.ends_at
),

-- The hours that longer slots cover, and the hour of the row that tells them.
covered as (
    select office, counter, utc_hour, min(row_hour) as row_hour
    from (
        select office, counter, utc_hour as row_hour, {{ each_hour('utc_hour', 'covered_until') }} as utc_hour
        from hourly
        where covered_until is not null
    ) as each_hour
    group by office, counter, utc_hour
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
        hourly.has_exit_row,
        hourly.has_reset
    from hourly
    left join covered
        on hourly.office = covered.office and hourly.counter = covered.counter and hourly.utc_hour = covered.utc_hour
    where covered.counter is null
    union all
    select
        hourly.office,
        hourly.counter,
        covered.row_hour,
        sum(hourly.passage_count),
        sum(hourly.entry_count),
        sum(hourly.exit_count),
        max(hourly.has_entry_row),
        max(hourly.has_exit_row),
        max(hourly.has_reset)
    from hourly
    inner join covered
        on hourly.office = covered.office and hourly.counter = covered.counter and hourly.utc_hour = covered.utc_hour
    group by hourly.office, hourly.counter, covered.row_hour
),

-- How a counter with longer slots told its days: the last one that it told says how it would have told a missing one.
told_days as (
    select told.office, told.counter, place.local_date, max(told.is_hourly) as is_hourly
    from (
        select hourly.office, hourly.counter, hourly.utc_hour, case when hourly.is_hourly then 1 else 0 end as is_hourly
        from hourly
        inner join counters on hourly.office = counters.office and hourly.counter = counters.counter
        where counters.has_longer_slots
        union all
        select office, counter, utc_hour, 0 from covered
    ) as told
    inner join {{ source('settings', 'local_hour') }} as place
        on told.office = place.office and told.utc_hour = place.utc_hour
    group by told.office, told.counter, place.local_date
),

last_told as (
    select
        counters.office,
        counters.counter,
        local_day.local_date,
        max(told_days.local_date) over (
            partition by counters.office, counters.counter order by local_day.local_date
            rows between unbounded preceding and current row
        ) as told_date
    from counters
    inner join local_day on counters.office = local_day.office
    left join told_days
        on
            counters.office = told_days.office
            and counters.counter = told_days.counter
            and local_day.local_date = told_days.local_date
    where counters.has_longer_slots
),

days_as_one as (
    select last_told.office, last_told.counter, last_told.local_date
    from last_told
    inner join told_days
        on
            last_told.office = told_days.office
            and last_told.counter = told_days.counter
            and last_told.told_date = told_days.local_date
    where told_days.is_hourly = 0
),

longer as (
    select
        covered.office,
        covered.counter,
        covered.row_hour as utc_hour,
        coalesce(sum(opening.open_minutes), 0) as open_minutes,
        count(*) as hours
    from covered
    inner join counters on covered.office = counters.office and covered.counter = counters.counter
    left join {{ source('settings', 'opening_hour') }} as opening
        on
            covered.office = opening.office
            and counters.site = opening.site
            and covered.utc_hour = opening.utc_hour
    group by covered.office, covered.counter, covered.row_hour
),

grid as (
    select
        counters.office,
        counters.counter,
        opening.utc_hour,
        opening.local_date,
        opening.open_minutes,
        60 as slot_minutes,
        false as is_covered
    from counters
    inner join {{ source('settings', 'opening_hour') }} as opening
        on counters.office = opening.office and counters.site = opening.site
    inner join {{ source('settings', 'office') }} as office on counters.office = office.office
    left join days_as_one
        on
            counters.office = days_as_one.office
            and counters.counter = days_as_one.counter
            and opening.local_date = days_as_one.local_date
    where
        opening.utc_hour < office.as_of
        and days_as_one.counter is null
        and {{ is_uncovered('counters', 'opening') }}
    union all
    -- What is missing of a day that is told as one is one row; today is not over.
    select
        days_as_one.office,
        days_as_one.counter,
        min(place.utc_hour),
        days_as_one.local_date,
        coalesce(sum(opening.open_minutes), 0),
        60 * count(*),
        false
    from days_as_one
    inner join counters on days_as_one.office = counters.office and days_as_one.counter = counters.counter
    inner join {{ source('settings', 'office') }} as office on days_as_one.office = office.office
    inner join {{ source('settings', 'local_hour') }} as place
        on days_as_one.office = place.office and days_as_one.local_date = place.local_date
    left join {{ source('settings', 'opening_hour') }} as opening
        on
            place.office = opening.office
            and counters.site = opening.site
            and place.utc_hour = opening.utc_hour
    where
        place.local_date < office.as_of_date
        and {{ is_uncovered('counters', 'place') }}
    group by days_as_one.office, days_as_one.counter, days_as_one.local_date
    union all
    -- A slot that lies in two days belongs to the one that holds its middle.
    select
        longer.office,
        longer.counter,
        longer.utc_hour,
        middle.local_date,
        longer.open_minutes,
        60 * longer.hours,
        true
    from longer
    left join {{ source('settings', 'local_hour') }} as middle
        on
            longer.office = middle.office
            and middle.utc_hour = longer.utc_hour + cast(floor((longer.hours - 1) / 2.0) as bigint) * interval '1' hour
),

hours as (
    select
        coalesce(grid.office, counted.office) as office,
        coalesce(grid.counter, counted.counter) as counter,
        coalesce(grid.utc_hour, counted.utc_hour) as utc_hour,
        grid.local_date,
        coalesce(grid.slot_minutes, 60) as slot_minutes,
        coalesce(grid.open_minutes, 0) as open_minutes,
        coalesce(grid.is_covered, false) as is_covered,
        counted.counter is not null as has_row,
        coalesce(counted.has_entry_row, 0) as has_entry_row,
        coalesce(counted.has_exit_row, 0) as has_exit_row,
        coalesce(counted.has_reset, 0) = 1 as is_reset,
        counted.passage_count,
        counted.entry_count,
        counted.exit_count
    from grid
    full outer join counted
        on
            grid.office = counted.office
            and grid.counter = counted.counter
            and grid.utc_hour = counted.utc_hour
    where coalesce(grid.open_minutes, 0) > 0 or counted.passage_count > 0
),

-- A counter that sends no row when nothing passes counted zero in each direction that it knows.
told as (
    select
        hours.*,
        counters.site,
        counters.has_entries,
        counters.has_exits,
        (counters.silence = 'zero' and hours.utc_hour < delivered.until_at)
        or hours.is_covered
        or at_zero.counter is not null as is_zero_without_row
    from hours
    inner join counters on hours.office = counters.office and hours.counter = counters.counter
    inner join delivered on hours.office = delivered.office and hours.counter = delivered.counter
    left join at_zero
        on
            hours.office = at_zero.office
            and hours.counter = at_zero.counter
            and hours.utc_hour = at_zero.utc_hour
)

select
    told.office,
    told.site,
    told.counter,
    told.utc_hour,
    coalesce(told.local_date, place.local_date) as local_date,
    place.local_hour,
    cast(told.slot_minutes as bigint) as slot_minutes,
    cast(told.open_minutes as bigint) as open_minutes,
    case when told.is_zero_without_row and not told.has_row then 0 else told.passage_count end as passage_count,
    case
        when told.is_zero_without_row and told.has_entry_row < told.has_entries then 0
        else told.entry_count
    end as entry_count,
    case
        when told.is_zero_without_row and told.has_exit_row < told.has_exits then 0
        else told.exit_count
    end as exit_count,
    told.is_reset
from told
inner join {{ source('settings', 'local_hour') }} as place
    on told.office = place.office and told.utc_hour = place.utc_hour
