{{ config(schema='staging', materialized='view') }}
-- Entries by site and local day. What was not validly observed is estimated, until the counter issue does
-- better, from the same weekday, month and hour of the nearest other year, the earlier one first.

with hours as (
    select
        hour.office,
        hour.counter,
        hour.site,
        hour.local_date,
        hour.local_hour,
        calendar.year,
        calendar.month,
        calendar.weekday,
        hour.open_minutes,
        hour.entry_count,
        -- Passages that an outage's hours hold were counted: only its silence and zeros are not believed.
        hour.entry_count is not null and (hour.entry_count > 0 or outage.subject is null) as is_valid
    from {{ ref('counter_hour') }} as hour
    inner join {{ source('settings', 'calendar') }} as calendar
        on hour.office = calendar.office and hour.local_date = calendar.local_date
    inner join {{ source('settings', 'office') }} as office on hour.office = office.office
    left join (
        select distinct inside.office, inside.counter, inside.utc_hour, episode.subject
        from {{ ref('counter_hour') }} as inside
        inner join {{ source('settings', 'office') }} as office on inside.office = office.office
        inner join {{ source('quality', 'outage') }} as episode
            on inside.office = episode.office and 'counter:' || inside.counter = episode.subject
        where
            inside.utc_hour + inside.slot_minutes * interval '1' minute > episode.onset_at
            and inside.utc_hour < coalesce(episode.ended_at, office.as_of)
    ) as outage
        on hour.office = outage.office and hour.counter = outage.counter and hour.utc_hour = outage.utc_hour
),

profile as (
    select office, counter, year, month, weekday, local_hour, avg(entry_count) as usual_count
    from hours
    where is_valid and open_minutes > 0
    group by office, counter, year, month, weekday, local_hour
),

missing as (
    select distinct office, counter, year, month, weekday, local_hour
    from hours
    where not is_valid and open_minutes > 0
),

nearest as (
    select
        missing.office,
        missing.counter,
        missing.year,
        missing.month,
        missing.weekday,
        missing.local_hour,
        profile.usual_count,
        row_number() over (
            partition by
                missing.office,
                missing.counter,
                missing.year,
                missing.month,
                missing.weekday,
                missing.local_hour
            order by abs(profile.year - missing.year), profile.year
        ) as nearness
    from missing
    inner join profile
        on
            missing.office = profile.office
            and missing.counter = profile.counter
            and missing.month = profile.month
            and missing.weekday = profile.weekday
            and missing.local_hour = profile.local_hour
            and missing.year <> profile.year
),

estimate as (
    select * from nearest where nearness = 1
)

select
    hours.office,
    'counter_passages' as indicator,
    hours.site,
    '' as dimension,
    'day' as period_kind,
    hours.local_date as period_start,
    cast(sum(case when hours.is_valid then hours.entry_count end) as decimal(18, 4)) as measured_value,
    cast(sum(case when not hours.is_valid and hours.open_minutes > 0 then estimate.usual_count end) as decimal(18, 4))
        as estimated_value,
    cast(sum(hours.open_minutes) as double) as expected_weight,
    cast(sum(case when hours.is_valid then hours.open_minutes else 0 end) as double) as observed_weight,
    max(case
        when not hours.is_valid and hours.open_minutes > 0 and estimate.usual_count is null then 'not_estimable'
    end) as warning
from hours
left join estimate
    on
        hours.office = estimate.office
        and hours.counter = estimate.counter
        and hours.year = estimate.year
        and hours.month = estimate.month
        and hours.weekday = estimate.weekday
        and hours.local_hour = estimate.local_hour
group by hours.office, hours.site, hours.local_date
-- On a closed day only what was counted makes a row.
having sum(hours.open_minutes) > 0 or count(case when hours.is_valid then 1 end) > 0
