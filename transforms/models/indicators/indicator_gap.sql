-- A figure that cannot be given, with its reason; never 0.

with series as (
    select {{ series_key() }}, min(period_start) as first_start
    from {{ ref('indicator_period') }}
    where period_kind = 'year'
    group by {{ series_key() }}
),

years as (
    select distinct office, cast(date_trunc('year', local_date) as date) as period_start
    from {{ source('settings', 'calendar') }}
),

missing as (
    select
        years.office,
        series.indicator,
        series.site,
        series.dimension,
        years.period_start,
        'no_data_in_period' as reason_code
    from years
    inner join series on years.office = series.office and years.period_start >= series.first_start
    left join {{ ref('indicator_period') }} as period
        on {{ same_series('series', 'period') }}
            and period.period_kind = 'year'
            and years.period_start = period.period_start
    where period.indicator is null
),

never as (
    select
        years.office,
        dictionary.indicator,
        'all' as site,
        '' as dimension,
        years.period_start,
        'no_data_from_source' as reason_code
    from years
    cross join {{ ref('indicator_dictionary') }} as dictionary
    left join series on years.office = series.office and dictionary.indicator = series.indicator
    where series.indicator is null
),

refused as (
    select {{ figure_key() }}, warning as reason_code
    from {{ ref('observed') }}
    where measured_value is null and estimated_value is null
)

select
    gap.office,
    gap.indicator,
    gap.site,
    gap.dimension,
    gap.period_kind,
    gap.period_start,
    gap.reason_code,
    case office.language when 'en' then note.label_en else note.label_fr end as reason
from (
    select office, indicator, site, dimension, 'year' as period_kind, period_start, reason_code from missing
    union all
    select office, indicator, site, dimension, 'year', period_start, reason_code from never
    union all
    select {{ figure_key() }}, reason_code from refused
) as gap
inner join {{ source('settings', 'office') }} as office on gap.office = office.office
left join {{ ref('figure_note') }} as note on gap.reason_code = note.code
