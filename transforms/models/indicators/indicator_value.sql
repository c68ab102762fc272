with periods as (
    select
        period.*,
        coalesce(period.measured_value, 0) + period.estimated_value as value,
        case when period.expected_weight > 0 then period.observed_weight / period.expected_weight else 1 end
            as coverage,
        office.as_of,
        -- The day of the run is not over, and a series that begins inside a period does not fill it.
        (
            period.period_end >= office.as_of_date
            or (
                series.first_observed > period.period_start
                and series.first_observed <= period.period_end
                and series.finest_kind = 'day'
                and dictionary.aggregation = 'sum'
            )
        ) as is_partial,
        case
            when period.period_kind in ('day', 'week') then cast(period.period_start - interval '364' day as date)
            else cast(period.period_start - interval '1' year as date)
        end as previous_start,
        dictionary.unit,
        dictionary.is_estimated
        and not coalesce(array_contains(period.warnings, 'not_estimable'), false) as has_interval
    from {{ ref('indicator_period') }} as period
    inner join {{ source('settings', 'office') }} as office on period.office = office.office
    inner join {{ ref('indicator_dictionary') }} as dictionary on period.indicator = dictionary.indicator
    inner join (
        select
            office,
            indicator,
            site,
            dimension,
            min(first_observed) as first_observed,
            min(period_kind) as finest_kind
        from {{ ref('indicator_period') }}
        group by office, indicator, site, dimension
    ) as series
        on
            period.office = series.office
            and period.indicator = series.indicator
            and period.site = series.site
            and period.dimension = series.dimension
),

compared as (
    select
        this.*,
        previous.value as previous_value,
        exists (
            select 1
            from {{ source('settings', 'method_break') }} as method_break
            where
                method_break.office = this.office
                and method_break.indicator = this.indicator
                and method_break.site in ('all', this.site)
                and method_break.break_date > this.previous_start
                and method_break.break_date <= this.period_end
        ) as has_break,
        (
            previous.value is not null
            and not this.is_partial
            and not previous.is_partial
            and this.coverage >= 0.95
            and previous.coverage >= 0.95
        ) as is_observed_alike
    from periods as this
    left join periods as previous
        on
            this.office = previous.office
            and this.indicator = previous.indicator
            and this.site = previous.site
            and this.dimension = previous.dimension
            and this.period_kind = previous.period_kind
            and this.previous_start = previous.period_start
),

codes as (
    select office, indicator, site, dimension, period_kind, period_start, {{ distinct_list('code') }} as warnings
    from (
        select office, indicator, site, dimension, period_kind, period_start, 'estimated_values' as code
        from compared where estimated_value <> 0
        union all
        select office, indicator, site, dimension, period_kind, period_start, 'partial_period'
        from compared where is_partial
        union all
        select office, indicator, site, dimension, period_kind, period_start, 'low_coverage'
        from compared where coverage < 0.95
        union all
        select office, indicator, site, dimension, period_kind, period_start, 'method_break'
        from compared where has_break
        union all
        select office, indicator, site, dimension, period_kind, period_start, warning
        from (
            select office, indicator, site, dimension, period_kind, period_start, unnest(warnings) as warning
            from compared
        ) as told
        union all
        select office, indicator, site, '', period_kind, period_start, provisional
        from {{ ref('estimated_period') }}
        union all
        select office, indicator, site, '', period_kind, period_start, weak
        from {{ ref('estimated_period') }}
        union all
        select office, indicator, site, '', period_kind, period_start, refusal
        from (
            select office, indicator, site, period_kind, period_start, unnest(refusals) as refusal
            from {{ ref('estimated_period') }}
        ) as refused
    ) as all_codes
    group by office, indicator, site, dimension, period_kind, period_start
)

select
    compared.office,
    compared.indicator,
    compared.site,
    compared.dimension,
    compared.period_kind,
    compared.period_start,
    compared.period_end,
    cast(compared.value as decimal(18, 4)) as value,
    compared.unit,
    compared.measured_value,
    compared.estimated_value,
    -- None is claimed where a part could not be estimated.
    cast(case
        when compared.has_interval and estimated.indicator is null then compared.value
        when compared.has_interval then compared.value - estimated.below
    end as decimal(18, 4)) as low,
    cast(case
        when compared.has_interval and estimated.indicator is null then compared.value
        when compared.has_interval then compared.value + estimated.above
    end as decimal(18, 4)) as high,
    compared.coverage,
    cast(compared.previous_value as decimal(18, 4)) as previous_value,
    case
        when compared.is_observed_alike and not compared.has_break and compared.previous_value <> 0
            then cast(100 * (compared.value - compared.previous_value) / compared.previous_value as decimal(18, 2))
    end as change_percent,
    cast(null as decimal(18, 2)) as change_low,
    cast(null as decimal(18, 2)) as change_high,
    compared.is_observed_alike and not compared.has_break as comparable,
    coalesce(codes.warnings, {{ empty_list() }}) as warnings,
    compared.as_of as refreshed_at
from compared
left join codes
    on
        compared.office = codes.office
        and compared.indicator = codes.indicator
        and compared.site = codes.site
        and compared.dimension = codes.dimension
        and compared.period_kind = codes.period_kind
        and compared.period_start = codes.period_start
left join {{ ref('estimated_period') }} as estimated
    on
        compared.office = estimated.office
        and compared.indicator = estimated.indicator
        and compared.site = estimated.site
        and compared.dimension = ''
        and compared.period_kind = estimated.period_kind
        and compared.period_start = estimated.period_start
