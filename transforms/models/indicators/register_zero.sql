{{ config(schema='staging', materialized='view') }}
-- Months, quarters, years and seasons in which a register was kept and nothing happened: 0, and no gap. A register is
-- kept from the month of its first row to its last one, whatever the figure; at a place, from the first row of that place.

with told as (
    select period.*, dictionary.kept_in
    from {{ ref('observed_period') }} as period
    inner join {{ ref('indicator_dictionary') }} as dictionary on period.indicator = dictionary.indicator
    where dictionary.kept_in is not null and period.refusal is null
),

kept as (
    select
        office,
        kept_in,
        site,
        cast(date_trunc('month', min(first_observed)) as date) as first_month,
        max(max(last_observed)) over (partition by office, kept_in) as last_date
    from told
    where period_kind = 'year'
    group by office, kept_in, site
),

series as (
    select {{ series_key() }}, kept_in, min(first_observed) as first_observed, max(case when is_by_day then 1 else 0 end) = 1 as is_by_day
    from told
    group by {{ series_key() }}, kept_in
),

period as (
    select distinct office, period_kind, period_start, period_end
    from {{ ref('calendar_period') }}
    where period_kind not in ('day', 'week')
)

select
    series.office,
    series.indicator,
    series.site,
    series.dimension,
    period.period_kind,
    period.period_start,
    period.period_end,
    cast(0 as decimal(18, 4)) as measured_value,
    cast(0 as decimal(18, 4)) as estimated_value,
    cast(null as double) as expected_weight,
    cast(null as double) as observed_weight,
    period.period_start as first_observed,
    series.is_by_day,
    {{ empty_list() }} as warnings
from series
inner join kept
    on series.office = kept.office and series.kept_in = kept.kept_in and series.site = kept.site
inner join period
    on
        series.office = period.office
        and period.period_start >= kept.first_month
        and period.period_start <= kept.last_date
left join told
    on {{ same_series('series', 'told') }}
        and period.period_kind = told.period_kind
        and period.period_start = told.period_start
where told.office is null
