{{ config(schema='staging', materialized='table') }}
-- Observations rolled up: days into weeks, months, quarters, years and seasons; longer ones into those that hold
-- them whole. Sums and components add up, levels take their last observation, distinct things count once.

with observed as (
    select
        observed.*,
        dictionary.kind,
        cast(case observed.period_kind
            when 'month' then observed.period_start + interval '1' month - interval '1' day
            when 'quarter' then observed.period_start + interval '3' month - interval '1' day
            when 'year' then observed.period_start + interval '1' year - interval '1' day
            else observed.period_start
        end as date) as last_date
    from {{ ref('observed') }} as observed
    inner join {{ ref('indicator_dictionary') }} as dictionary on observed.indicator = dictionary.indicator
    -- What was to be observed and gave no value still counts in the coverage and tells its warning.
    where
        observed.measured_value is not null
        or observed.estimated_value is not null
        or observed.expected_weight is not null
),

placed as (
    select
        observed.*,
        period.period_kind as in_kind,
        period.period_start as in_start,
        period.period_end as in_end,
        false as is_cut
    from observed
    inner join {{ ref('calendar_period') }} as period
        on observed.office = period.office and observed.period_start = period.local_date
    where
        observed.period_kind = period.period_kind
        -- Without a key nobody knows how often the same thing was counted.
        or (
            (observed.kind <> 'distinct' or observed.key is not null)
            and (
                observed.period_kind = 'day'
                or (observed.period_kind = 'month' and period.period_kind in ('quarter', 'year'))
                or (observed.period_kind = 'quarter' and period.period_kind = 'year')
            )
        )
    union all
    -- A season that begins or ends within a month tells nothing of what is known by months.
    select
        observed.*,
        season.season,
        season.season_start,
        season.season_end,
        observed.period_start < season.season_start or observed.last_date > season.season_end
    from observed
    inner join {{ source('settings', 'season') }} as season
        on
            observed.office = season.office
            and observed.period_start <= season.season_end
            and observed.last_date >= season.season_start
    where observed.period_kind in ('month', 'quarter', 'year') and observed.kind <> 'distinct'
),

counted as (
    select *, measured_value as counted_value
    from placed
    where key is null
    union all
    select
        *,
        case
            when row_number() over (
                partition by {{ series_key() }}, in_kind, in_start, key
                order by period_start
            ) = 1 then 1
            else 0
        end as counted_value
    from placed
    where key is not null
),

valued as (
    select *, counted_value is not null or estimated_value is not null as has_value
    from counted
)

select
    office,
    indicator,
    site,
    dimension,
    in_kind as period_kind,
    in_start as period_start,
    in_end as period_end,
    cast(
        case
            when kind = 'level' then max_by(counted_value, case when has_value then period_start end)
            else sum(counted_value)
        end as decimal(18, 4)
    ) as measured_value,
    cast(
        coalesce(
            case
                when kind = 'level' then max_by(estimated_value, case when has_value then period_start end)
                else sum(estimated_value)
            end, 0
        ) as decimal(18, 4)
    ) as estimated_value,
    sum(expected_weight) as expected_weight,
    sum(observed_weight) as observed_weight,
    min(case when has_value then period_start end) as first_observed,
    max(case when has_value then period_start end) as last_observed,
    max(case when has_value and period_kind = 'day' then 1 else 0 end) = 1 as is_by_day,
    {{ distinct_list('warning') }} as warnings,
    case when max(case when is_cut then 1 else 0 end) = 1 then 'season_cuts_month' end as refusal
from valued
group by office, indicator, kind, site, dimension, in_kind, in_start, in_end
-- Of what is known by longer periods alone, no season says anything.
having max(case when has_value and not is_cut then 1 else 0 end) = 1
