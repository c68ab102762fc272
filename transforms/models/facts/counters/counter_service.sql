{{ config(schema='staging', materialized='table') }}
-- From when to when each declared counter serves. What the office file does not tell follows from the rows: a counter
-- whose last count lies just before the first one of another counter of its site was replaced by it.

with recursive dates as (
    select
        counter.office,
        counter.counter,
        case
            when max(counter.first_date) is not null
                then coalesce(
                    min(case when hour.local_date >= counter.first_date then hour.utc_hour end), max(office.as_of)
                )
        end as from_at,
        case
            when max(counter.last_date) < max(office.as_of_date)
                then coalesce(
                    max(case when hour.local_date <= counter.last_date then hour.utc_hour end) + interval '1' hour,
                    min(hour.utc_hour)
                )
        end as until_at
    from {{ source('settings', 'counter') }} as counter
    inner join {{ source('settings', 'office') }} as office on counter.office = office.office
    inner join {{ source('settings', 'local_hour') }} as hour on counter.office = hour.office
    group by counter.office, counter.counter
),

channels as (
    select
        slot.office,
        slot.counter,
        slot.channel_id,
        slot.direction,
        min(slot.start_at) as first_at,
        min(case when slot.passage_count is not null then slot.start_at end) as first_count_at,
        max(case when slot.passage_count is not null then slot.end_at end) as last_count_at,
        min(slot.end_at - slot.start_at) as shortest,
        max(slot.end_at - slot.start_at) as longest
    from {{ ref('counter_slot') }} as slot
    inner join dates on slot.office = dates.office and slot.counter = dates.counter
    where
        slot.direction in ('in', 'out', 'both')
        and (dates.from_at is null or slot.start_at >= dates.from_at)
        and (dates.until_at is null or slot.start_at < dates.until_at)
    group by slot.office, slot.counter, slot.channel_id, slot.direction
),

spans as (
    select
        office,
        counter,
        min(first_at) as first_at,
        min(first_count_at) as first_count_at,
        max(last_count_at) as last_count_at,
        max(case when shortest < longest then 1 else 0 end) = 1 as has_several_steps
    from channels
    group by office, counter
),

counters as (
    select
        counter.office,
        counter.counter,
        counter.site,
        counter.silence,
        counter.last_date,
        dates.from_at,
        dates.until_at,
        spans.first_at,
        spans.first_count_at,
        spans.last_count_at,
        spans.has_several_steps
    from {{ source('settings', 'counter') }} as counter
    inner join dates on counter.office = dates.office and counter.counter = dates.counter
    left join spans on counter.office = spans.office and counter.counter = spans.counter
),

successions as (
    select
        old.office,
        old.counter as old_counter,
        new.counter as new_counter,
        date_trunc('hour', new.first_at) >= old.last_count_at as is_apart,
        count(*) over (partition by old.office, old.counter) as new_counters,
        count(*) over (partition by new.office, new.counter) as old_counters
    from counters as old
    inner join counters as new on old.office = new.office and old.site = new.site and old.counter <> new.counter
    -- Three days, so that a closed Sunday and Monday may lie between.
    where
        old.last_count_at <= new.first_count_at
        and new.first_count_at <= coalesce(old.until_at, old.last_count_at) + interval '3' day
),

replaced as (
    select
        office,
        old_counter,
        min(new_counter) as new_counter,
        min(case when new_counters = 1 and old_counters = 1 and is_apart then new_counter end) as only_new_counter
    from successions
    group by office, old_counter
),

-- Counters one after the other are one line of counts, unless they share an hour; of several that change at once
-- nobody knows which is which.
lines as (
    select counters.office, counters.counter, counters.counter as line
    from counters
    left join replaced
        on counters.office = replaced.office and counters.counter = replaced.only_new_counter
    where replaced.old_counter is null
    union all
    select lines.office, replaced.only_new_counter, lines.line
    from lines
    inner join replaced on lines.office = replaced.office and lines.counter = replaced.old_counter
    where replaced.only_new_counter is not null
)

select
    counters.office,
    counters.counter,
    counters.site,
    counters.silence,
    lines.line,
    counters.from_at,
    -- On its last day a counter serves until its last count.
    case
        when counters.last_date is null and replaced.new_counter is not null then counters.last_count_at
        when counters.last_count_at >= counters.until_at - interval '1' day then counters.last_count_at
        else counters.until_at
    end as until_at,
    counters.first_at,
    counters.first_count_at,
    counters.last_count_at,
    replaced.new_counter as replaced_by,
    counters.last_date is null and replaced.new_counter is not null as is_concluded,
    coalesce(counters.has_several_steps, false) as has_several_steps
from counters
inner join lines on counters.office = lines.office and counters.counter = lines.counter
left join replaced on counters.office = replaced.office and counters.counter = replaced.old_counter
