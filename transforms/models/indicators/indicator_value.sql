with known as (
    select
        office,
        indicator,
        site,
        dimension,
        min(first_observed) as first_observed,
        max(case when is_by_day then 1 else 0 end) = 1 as is_by_day
    from {{ ref('indicator_period') }}
    group by {{ series_key() }}
),

-- A part of a whole, or one of many products, begins when the whole does: before, there was none of it.
series as (
    select
        known.office,
        known.indicator,
        known.site,
        known.dimension,
        case
            when dictionary.kind = 'share' or dictionary.largest is not null
                then min(known.first_observed) over (partition by known.office, known.indicator, known.site)
            else known.first_observed
        end as first_observed,
        known.is_by_day
    from known
    inner join {{ ref('indicator_dictionary') }} as dictionary on known.indicator = dictionary.indicator
),

-- The last day before its first one on which a series was to be expected: its site was open, and a site without
-- opening hours is every day.
beginnings as (
    select
        series.office,
        series.indicator,
        series.site,
        series.dimension,
        series.is_by_day,
        series.first_observed,
        case
            when count(open_day.local_date) = 0 then cast(series.first_observed - interval '1' day as date)
            else max(case when open_day.local_date < series.first_observed then open_day.local_date end)
        end as last_expected_before
    from series
    left join (
        select distinct office, site, local_date from {{ source('settings', 'opening_hour') }}
    ) as open_day
        on series.office = open_day.office and series.site = open_day.site
    group by
        series.office, series.indicator, series.site, series.dimension, series.is_by_day, series.first_observed
),

calendars as (
    select office, min(local_date) as first_date
    from {{ source('settings', 'calendar') }}
    group by office
),

periods as (
    select
        period.*,
        coalesce(period.measured_value, 0) + period.estimated_value as value,
        case when period.expected_weight > 0 then period.observed_weight / period.expected_weight else 1 end
            as coverage,
        office.as_of,
        -- The day of the run is not over; a series that begins later than a twentieth of a period does not fill it,
        -- and neither does one that ends early (open_end). Nothing is known of what was expected before the calendar.
        (
            period.period_end >= office.as_of_date
            or (
                beginning.first_observed <= period.period_end
                and 20 * {{ dbt.datediff('period.period_start', 'beginning.first_observed', 'day') }}
                > {{ dbt.datediff('period.period_start', 'period.period_end', 'day') }}
                and beginning.is_by_day
                and dictionary.kind <> 'level'
                and (
                    -- Null where the site was never open before: nothing was missed.
                    coalesce(beginning.last_expected_before >= period.period_start, false)
                    or calendars.first_date > period.period_start
                )
            )
            or coalesce(array_contains(period.warnings, 'parts_apart'), false)
            or open_end.office is not null
        ) as is_partial,
        open_end.office is not null and period.period_end < office.as_of_date as is_open_ended,
        {{ start_of_previous('period') }} as previous_start,
        dictionary.unit,
        coalesce(dictionary.is_in_points, false) as is_in_points,
        dictionary.kind,
        dictionary.largest,
        dictionary.comparison,
        dictionary.is_estimated
        and not coalesce(array_contains(period.warnings, 'not_estimable'), false) as has_interval
    from {{ ref('indicator_period') }} as period
    inner join {{ source('settings', 'office') }} as office on period.office = office.office
    inner join calendars on period.office = calendars.office
    inner join {{ ref('indicator_dictionary') }} as dictionary on period.indicator = dictionary.indicator
    inner join beginnings as beginning
        on {{ same_series('period', 'beginning') }}
    left join {{ ref('open_end') }} as open_end
        on {{ same_figure('period', 'open_end', omit='dimension') }}
),

broken as (
    select distinct {{ figure_key() }}
    from {{ ref('period_break') }}
),

beside as (
    select
        this.*,
        previous.value as previous_value,
        broken.indicator is not null as has_break,
        (
            previous.value is not null
            and not this.is_partial
            and not previous.is_partial
            and this.coverage >= 0.95
            and previous.coverage >= 0.95
            and broken.indicator is null
        ) as is_whole_comparable
    from periods as this
    left join periods as previous
        on {{ same_series('this', 'previous') }}
            and this.period_kind = previous.period_kind
            and this.previous_start = previous.period_start
    left join broken
        on {{ same_figure('this', 'broken') }}
),

compared as (
    select
        beside.*,
        case
            when beside.comparison = 'slots' then coalesce(like_for_like.comparable, false)
            else beside.is_whole_comparable
        end as comparable,
        case
            when beside.comparison = 'slots' then like_for_like.change_percent
            when not beside.is_whole_comparable or beside.kind = 'peak' then null
            when beside.is_in_points then cast(beside.value - beside.previous_value as decimal(18, 2))
            -- Of a deficit that became a surplus no percentage says anything.
            when beside.previous_value > 0
                then cast(
                    100 * cast(beside.value - beside.previous_value as decimal(28, 4)) / beside.previous_value
                    as decimal(18, 2)
                )
        end as change_percent,
        like_for_like.change_low,
        like_for_like.change_high,
        coalesce(like_for_like.comparable and like_for_like.compared_share < 0.95, false) as is_partly_compared,
        coalesce(like_for_like.is_level_changed, false) as is_level_changed
    from beside
    left join {{ ref('indicator_comparison') }} as like_for_like
        on {{ same_figure('beside', 'like_for_like') }}
),

codes as (
    select {{ figure_key() }}, {{ distinct_list('code') }} as warnings
    from (
        select {{ figure_key() }}, 'estimated_values' as code
        from compared where estimated_value <> 0
        union all
        select {{ figure_key() }}, 'partial_period'
        from compared where is_partial
        union all
        select {{ figure_key() }}, 'end_unknown'
        from compared where is_open_ended
        union all
        select {{ figure_key() }}, 'low_coverage'
        from compared where coverage < 0.95
        union all
        select {{ figure_key() }}, 'method_break'
        from compared where has_break
        union all
        select {{ figure_key() }}, 'partly_compared'
        from compared where is_partly_compared
        union all
        select {{ figure_key() }}, 'level_change'
        from compared where is_level_changed
        union all
        select {{ figure_key() }}, warning
        from (
            select {{ figure_key() }}, {{ each_of('warnings') }} as warning
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
            select office, indicator, site, period_kind, period_start, {{ each_of('refusals') }} as refusal
            from {{ ref('estimated_period') }}
        ) as refused
    ) as all_codes
    group by {{ figure_key() }}
),

-- The smaller dimensions of what has many of them are compared, and not published.
small as (
    select {{ figure_key() }}
    from (
        select
            {{ figure_key() }},
            largest,
            rank() over (
                partition by office, indicator, site, period_kind, period_start
                order by value desc
            ) as standing
        from compared
        where largest is not null and dimension <> ''
    ) as ranked
    where standing > largest
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
    compared.change_percent,
    compared.change_low,
    compared.change_high,
    compared.comparable,
    coalesce(codes.warnings, {{ empty_list() }}) as warnings,
    compared.as_of as refreshed_at
from compared
left join codes
    on {{ same_figure('compared', 'codes') }}
left join {{ ref('estimated_period') }} as estimated
    on
        compared.office = estimated.office
        and compared.indicator = estimated.indicator
        and compared.site = estimated.site
        and compared.dimension = ''
        and compared.period_kind = estimated.period_kind
        and compared.period_start = estimated.period_start
left join small
    on {{ same_figure('compared', 'small') }}
where small.indicator is null
