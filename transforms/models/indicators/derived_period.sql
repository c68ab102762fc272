{{ config(schema='staging', materialized='table') }}
-- Ratios, shares and peaks, computed at each period from the sums of that period; never averaged.

with dictionary as (
    select * from {{ ref('indicator_dictionary') }}
),

part as (
    select
        *,
        coalesce(measured_value, 0) + estimated_value as value,
        estimated_value <> 0 as is_estimated,
        case when expected_weight > 0 then observed_weight / expected_weight end as coverage
    from {{ ref('observed_period') }}
    where
        refusal is null
        and (
            indicator in (select of_indicator from dictionary)
            or indicator in (select by_indicator from dictionary)
            or indicator in (select whole_indicator from dictionary)
        )
),

divided as (
    select dictionary.indicator as ratio, dictionary.unit, part.*
    from dictionary
    inner join part on dictionary.of_indicator = part.indicator
    where dictionary.kind = 'ratio'
),

divisor as (
    select dictionary.indicator as ratio, dictionary.unit, dictionary.fewest, part.*
    from dictionary
    inner join part on dictionary.by_indicator = part.indicator
    where dictionary.kind = 'ratio'
),

ratios as (
    select
        coalesce(divided.office, divisor.office) as office,
        coalesce(divided.ratio, divisor.ratio) as indicator,
        coalesce(divided.site, divisor.site) as site,
        coalesce(divided.dimension, divisor.dimension) as dimension,
        coalesce(divided.period_kind, divisor.period_kind) as period_kind,
        coalesce(divided.period_start, divisor.period_start) as period_start,
        coalesce(divided.period_end, divisor.period_end) as period_end,
        case
            when divisor.value <> 0
                then
                    case coalesce(divided.unit, divisor.unit) when 'percent' then 100 else 1 end
                    * cast(divided.value as double) / cast(divisor.value as double)
        end as value,
        coalesce(divided.is_estimated, false) or coalesce(divisor.is_estimated, false) as is_estimated,
        least(divided.coverage, divisor.coverage) as coverage,
        greatest(divided.first_observed, divisor.first_observed) as first_observed,
        coalesce(divided.is_by_day, false) and coalesce(divisor.is_by_day, false) as is_by_day,
        {{ merged_lists('divided.warnings', 'divisor.warnings') }} as warnings,
        -- A month more of one than of the other: the two sums are not of the same time.
        case
            when
                divided.is_by_day and divisor.is_by_day
                and (
                    divided.first_observed > divisor.first_observed + interval '31' day
                    or divisor.first_observed > divided.first_observed + interval '31' day
                    or divided.last_observed > divisor.last_observed + interval '31' day
                    or divisor.last_observed > divided.last_observed + interval '31' day
                )
                then 'parts_apart'
        end as warning,
        case
            when divided.ratio is null or divisor.ratio is null then 'part_missing'
            when divisor.value = 0 then 'nothing_to_divide_by'
            when divisor.value < divisor.fewest then 'too_few_to_divide_by'
        end as refusal
    from divided
    full join divisor
        on divided.ratio = divisor.ratio and {{ same_figure('divided', 'divisor', omit='indicator') }}
),

parts_of_whole as (
    select
        dictionary.indicator as share,
        dictionary.whole_indicator,
        part.*,
        sum(part.value) over whole as whole_value,
        max(case when part.is_estimated then 1 else 0 end) over whole = 1 as is_whole_estimated,
        sum(part.observed_weight) over whole / nullif(sum(part.expected_weight) over whole, 0) as whole_coverage,
        min(part.first_observed) over whole as whole_first_observed
    from dictionary
    inner join part on dictionary.of_indicator = part.indicator
    where
        dictionary.kind = 'share'
        and (
            dictionary.left_out is null
            or instr('|' || dictionary.left_out || '|', '|' || part.dimension || '|') = 0
        )
    window
        whole as (
            partition by
                dictionary.indicator, part.office, part.site, part.period_kind, part.period_start
        )
),

wholes as (
    select
        parts_of_whole.office,
        parts_of_whole.share,
        parts_of_whole.site,
        parts_of_whole.dimension,
        parts_of_whole.period_kind,
        parts_of_whole.period_start,
        parts_of_whole.period_end,
        parts_of_whole.value,
        case when parts_of_whole.whole_indicator is null then parts_of_whole.whole_value else other.value end
            as whole_value,
        parts_of_whole.is_whole_estimated or coalesce(other.is_estimated, false) as is_estimated,
        least(parts_of_whole.whole_coverage, other.coverage) as coverage,
        parts_of_whole.whole_first_observed as first_observed,
        parts_of_whole.is_by_day,
        {{ merged_lists('parts_of_whole.warnings', 'other.warnings') }} as warnings
    from parts_of_whole
    left join part as other
        on
            parts_of_whole.whole_indicator = other.indicator
            and parts_of_whole.office = other.office
            and parts_of_whole.site = other.site
            and other.dimension = ''
            and parts_of_whole.period_kind = other.period_kind
            and parts_of_whole.period_start = other.period_start
),

shares as (
    select
        office,
        share as indicator,
        site,
        dimension,
        period_kind,
        period_start,
        period_end,
        case when whole_value <> 0 then 100 * cast(value as double) / cast(whole_value as double) end as value,
        is_estimated,
        coverage,
        first_observed,
        is_by_day,
        warnings,
        cast(null as varchar) as warning,
        case
            when whole_value is null then 'part_missing'
            when whole_value = 0 then 'nothing_to_divide_by'
        end as refusal
    from wholes
),

peaked as (
    select dictionary.indicator as peak, dictionary.unit, part.*
    from dictionary
    inner join part on dictionary.of_indicator = part.indicator
    where dictionary.kind = 'peak'
),

-- What may hold most: hours are dimensions, weekdays and months follow from shorter periods.
places as (
    select
        office,
        peak,
        site,
        '' as dimension,
        period_kind,
        period_start,
        period_end,
        cast(dimension as integer) as place,
        value,
        is_estimated,
        expected_weight,
        observed_weight,
        first_observed,
        is_by_day,
        warnings
    from peaked
    where unit = 'hour' and dimension <> ''
    union all
    select
        peaked.office,
        peaked.peak,
        peaked.site,
        peaked.dimension,
        period.period_kind,
        period.period_start,
        period.period_end,
        case peaked.unit when 'weekday' then calendar.weekday else calendar.month end,
        peaked.value,
        peaked.is_estimated,
        peaked.expected_weight,
        peaked.observed_weight,
        peaked.first_observed,
        peaked.is_by_day,
        peaked.warnings
    from peaked
    inner join {{ source('settings', 'calendar') }} as calendar
        on peaked.office = calendar.office and peaked.period_start = calendar.local_date
    inner join {{ ref('calendar_period') }} as period
        on peaked.office = period.office and peaked.period_start = period.local_date
    where
        (
            peaked.unit = 'weekday'
            and peaked.period_kind = 'day'
            and period.period_kind <> 'day'
        )
        or (
            peaked.unit = 'month'
            and peaked.period_kind = 'month'
            and (
                period.period_kind in ('quarter', 'year')
                -- The months of a season that begins or ends within one are no equals.
                or (
                    period.is_season
                    and extract(day from period.period_start) = 1
                    and extract(day from period.period_end + interval '1' day) = 1
                )
            )
        )
),

told as (
    select
        office, peak, site, dimension, period_kind, period_start,
        {{ distinct_list('warning') }} as warnings
    from (
        select *, {{ each_of('warnings') }} as warning
        from places
    ) as each_warning
    group by office, peak, site, dimension, period_kind, period_start
),

held as (
    select
        office,
        peak,
        site,
        dimension,
        period_kind,
        period_start,
        period_end,
        place,
        sum(value) as value,
        max(case when is_estimated then 1 else 0 end) as is_estimated,
        sum(expected_weight) as expected_weight,
        sum(observed_weight) as observed_weight,
        min(first_observed) as first_observed,
        max(case when is_by_day then 1 else 0 end) as is_by_day
    from places
    group by office, peak, site, dimension, period_kind, period_start, period_end, place
),

ranked as (
    select
        *,
        row_number() over (period order by value desc, place) as standing,
        lead(value) over (period order by value desc, place) as next_value,
        max(is_estimated) over period = 1 as has_estimate,
        sum(observed_weight) over period / nullif(sum(expected_weight) over period, 0) as coverage,
        min(first_observed) over period as first_of_all,
        max(is_by_day) over period = 1 as has_days
    from held
    window period as (partition by office, peak, site, dimension, period_kind, period_start)
),

peaks as (
    select
        ranked.office,
        ranked.peak as indicator,
        ranked.site,
        ranked.dimension,
        ranked.period_kind,
        ranked.period_start,
        ranked.period_end,
        cast(ranked.place as double) as value,
        ranked.has_estimate as is_estimated,
        ranked.coverage,
        ranked.first_of_all as first_observed,
        ranked.has_days as is_by_day,
        told.warnings,
        case when ranked.next_value = ranked.value then 'tied_peak' end as warning,
        case when ranked.value <= 0 then 'nothing_counted' end as refusal
    from ranked
    left join told
        on
            ranked.office = told.office
            and ranked.peak = told.peak
            and ranked.site = told.site
            and ranked.dimension = told.dimension
            and ranked.period_kind = told.period_kind
            and ranked.period_start = told.period_start
    where ranked.standing = 1
),

derived as (
    select * from ratios
    union all
    select * from shares
    union all
    select * from peaks
)

select
    office,
    indicator,
    site,
    dimension,
    period_kind,
    period_start,
    period_end,
    -- What stands on estimates is one as a whole: no part of it was measured by itself.
    cast(case when not is_estimated and refusal is null then value end as decimal(18, 4)) as measured_value,
    cast(case when is_estimated and refusal is null then value else 0 end as decimal(18, 4)) as estimated_value,
    case when coverage is not null then 1.0 end as expected_weight,
    coverage as observed_weight,
    first_observed,
    is_by_day,
    {{ merged_lists('warnings', list_of('warning')) }} as warnings,
    refusal
from derived
