{{ config(schema='staging', materialized='table') }}
-- Observations rolled up: days into weeks, months, quarters and years; months into quarters and years.
-- Sums add up; levels (aggregation `last`) take the last observation of the period.

with observed as (
    select
        observed.*,
        dictionary.aggregation,
        calendar.week_start,
        calendar.month_start,
        calendar.quarter_start,
        calendar.year_start
    from {{ ref('observed') }} as observed
    inner join {{ ref('indicator_dictionary') }} as dictionary on observed.indicator = dictionary.indicator
    inner join (
        select
            *,
            cast(date_trunc('year', local_date) as date) as year_start
        from {{ source('settings', 'calendar') }}
    ) as calendar
        on observed.office = calendar.office and observed.period_start = calendar.local_date
),

by_kind as (
    select *, period_kind as kind, period_start as kind_start from observed
    union all
    select *, 'week', week_start from observed where period_kind = 'day'
    union all
    select *, 'month', month_start from observed where period_kind = 'day'
    union all
    select *, 'quarter', quarter_start from observed where period_kind in ('day', 'month')
    union all
    select *, 'year', year_start from observed where period_kind in ('day', 'month', 'quarter')
),

-- What was to be observed and gave no value still counts in the coverage and tells its warning.
valued as (
    select
        *,
        measured_value is not null or estimated_value is not null as has_value
    from by_kind
    where measured_value is not null or estimated_value is not null or expected_weight is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by office, indicator, site, dimension, kind, kind_start, has_value
            order by period_start desc
        ) as recency
    from valued
)

select
    office,
    indicator,
    site,
    dimension,
    kind as period_kind,
    kind_start as period_start,
    cast(case kind
        when 'day' then kind_start
        when 'week' then kind_start + interval '6' day
        when 'month' then kind_start + interval '1' month - interval '1' day
        when 'quarter' then kind_start + interval '3' month - interval '1' day
        else kind_start + interval '1' year - interval '1' day
    end as date) as period_end,
    cast(sum(case when aggregation = 'sum' or recency = 1 then measured_value end) as decimal(18, 4))
        as measured_value,
    cast(coalesce(sum(case when aggregation = 'sum' or recency = 1 then estimated_value end), 0) as decimal(18, 4))
        as estimated_value,
    sum(expected_weight) as expected_weight,
    sum(observed_weight) as observed_weight,
    min(case when has_value then period_start end) as first_observed,
    {{ distinct_list('warning') }} as warnings
from ranked
group by office, indicator, site, dimension, kind, kind_start
having max(case when has_value then 1 else 0 end) = 1
