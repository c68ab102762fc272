{{ config(schema='staging', materialized='view') }}
-- Entries by site and local day: what was validly counted, and beside it what was missed or is corrected.

with counter_days as (
    select
        hour.office,
        hour.counter,
        hour.site,
        hour.local_date,
        sum(case when hour.is_valid then hour.entry_count end) as measured,
        sum(case
            when hour.is_valid and hour.correction_factor <> 1
                then hour.entry_count * (hour.correction_factor - 1)
        end) as corrected,
        sum(hour.open_minutes) as open_minutes,
        sum(case when hour.is_valid then hour.open_minutes else 0 end) as observed_minutes,
        max(case
            when hour.correction_action = 'replace' then 'counted_by_hand'
            when hour.invalid_because = 'closed' and hour.delivered_entry_count > 0 then 'counted_while_closed'
        end) as note
    from {{ ref('counter_hour') }} as hour
    inner join {{ source('settings', 'office') }} as office on hour.office = office.office
    -- Today is not over: what is not there yet was not missed.
    where hour.is_valid or hour.local_date < office.as_of_date
    group by hour.office, hour.counter, hour.site, hour.local_date
),

days as (
    select
        day.office,
        day.site,
        day.local_date,
        sum(day.measured) as measured,
        sum(estimate.estimated_count) as estimated,
        sum(day.corrected) as corrected,
        sum(day.open_minutes) as open_minutes,
        sum(day.observed_minutes) as observed_minutes,
        max(day.note) as note,
        min(case
            when estimate.refused_because is not null then estimate.refused_because
            when day.observed_minutes < day.open_minutes and estimate.subject is null then 'not_estimable'
        end) as refused_because
    from counter_days as day
    left join {{ source('quality', 'estimate') }} as estimate
        on
            day.office = estimate.office
            and concat('counter:', day.counter) = estimate.subject
            and estimate.period_kind = 'day'
            and day.local_date = estimate.period_start
    -- On a closed day only what was counted makes a row, believed or not.
    where day.open_minutes > 0 or day.measured is not null or day.note is not null
    group by day.office, day.site, day.local_date
),

-- Hours of opening, in which every machine that should record has data or not. The open hour of a site is as long as the
-- longest that one of its machines is expected for; of the office, that of its sites.
machine_hour as (
    select
        series.office,
        series.site,
        series.subject,
        series.utc_hour,
        series.local_date,
        series.open_minutes,
        max(case when series.observed_count is null or episode.subject is not null then 0 else 1 end) as has_data
    from {{ ref('counted_series') }} as series
    inner join {{ source('settings', 'office') }} as office on series.office = office.office
    left join {{ source('quality', 'outage') }} as episode
        on
            series.office = episode.office
            and series.subject = episode.subject
            and (
                episode.fault in {{ faults('silence') }}
                or episode.fault in {{ faults('untrue') }}
                or episode.fault in {{ faults('direction') }}
            )
            and series.utc_hour + series.slot_minutes * interval '1' minute > episode.onset_at
            and series.utc_hour < coalesce(episode.ended_at, office.as_of)
    where series.open_minutes > 0 and series.local_date < office.as_of_date
    group by
        series.office, series.site, series.subject, series.utc_hour, series.local_date, series.open_minutes
),

opening_hour as (
    select office, site, utc_hour, local_date, max(open_minutes) as open_minutes, min(has_data) as has_data
    from machine_hour
    group by office, site, utc_hour, local_date
    union all
    select office, 'all', utc_hour, local_date, max(open_minutes), min(has_data)
    from machine_hour
    group by office, utc_hour, local_date
)

select {{ observation("'opening_minutes'", 'sum(open_minutes)') }}
from opening_hour
group by office, site, local_date
union all
select {{ observation("'opening_minutes_recorded'", 'sum(open_minutes * has_data)') }}
from opening_hour
group by office, site, local_date
union all
-- Of the warnings what was refused comes first: no interval is claimed beside it.
select
    {{ observation(
        "'counter_passages'",
        'measured',
        estimated='case when coalesce(estimated, corrected) is not null then coalesce(estimated, 0) + coalesce(corrected, 0) end',
        expected='open_minutes',
        observed='observed_minutes',
        warning="coalesce(refused_because, case when corrected is not null then 'corrected_values' end, note)",
    ) }}
from days
