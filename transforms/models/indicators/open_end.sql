{{ config(schema='staging', materialized='view') }}
-- Periods whose end nobody knows: the register's last row lies before it, and in the year before more than a
-- twentieth of the period lay on the days that are missing. The register is the one that the dictionary names, else
-- the whole source. Days are compared with the same weekdays of the year before; sums by what was counted,
-- all else by days with a row. Slots of counters and levels have measures of their own.
with row_day as (
    select
        period.office,
        period.indicator,
        period.site,
        period.period_start as local_date,
        dictionary.source_system,
        dictionary.kept_in,
        case
            when dictionary.kind = 'sum' then coalesce(period.measured_value, 0) + period.estimated_value
            else 1
        end as weight
    from {{ ref('indicator_period') }} as period
    inner join {{ ref('indicator_dictionary') }} as dictionary on period.indicator = dictionary.indicator
    where
        period.period_kind = 'day'
        and period.is_by_day
        and dictionary.kind <> 'level'
        and dictionary.comparison <> 'slots'
        and not coalesce(dictionary.is_about_observation, false)
),

last_row as (
    select office, source_system, kept_in, max(local_date) as last_date
    from row_day
    where kept_in is not null
    group by office, source_system, kept_in
    union all
    select office, source_system, null, max(local_date)
    from row_day
    group by office, source_system
),

-- The days of each register from a year before its last row on, with that row's day.
followed as (
    select row_day.*, last_row.last_date
    from row_day
    inner join last_row
        on
            row_day.office = last_row.office
            and row_day.source_system = last_row.source_system
            and coalesce(row_day.kept_in, '') = coalesce(last_row.kept_in, '')
),

open_period as (
    select distinct
        period.office, period.indicator, period.site, period.period_kind, period.period_start, period.period_end,
        followed.last_date
    from {{ ref('indicator_period') }} as period
    inner join (select distinct office, indicator, site, last_date from followed) as followed
        on
            period.office = followed.office
            and period.indicator = followed.indicator
            and period.site = followed.site
            and followed.last_date >= period.period_start
            and followed.last_date < period.period_end
    where period.period_kind <> 'day'
)

select open_period.office, open_period.indicator, open_period.site, open_period.period_kind, open_period.period_start
from open_period
inner join followed
    on
        open_period.office = followed.office
        and open_period.indicator = followed.indicator
        and open_period.site = followed.site
        and followed.local_date between
        cast(open_period.period_start - interval '364' day as date)
        and cast(open_period.period_end - interval '364' day as date)
group by
    open_period.office, open_period.indicator, open_period.site, open_period.period_kind, open_period.period_start
having
    sum(
        case
            when followed.local_date > cast(open_period.last_date - interval '364' day as date) then followed.weight
            else 0
        end
    ) > 0.05 * sum(followed.weight)
