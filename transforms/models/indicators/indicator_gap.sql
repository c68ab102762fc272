-- A figure that cannot be given, with its reason; never 0.

-- A part of a whole, or one of many products, is no figure that is missing: only all of them together are.
with figure_year as (
    select
        period.office,
        period.indicator,
        period.site,
        case when dictionary.kind = 'share' or dictionary.largest is not null then '' else period.dimension end
            as dimension,
        period.period_start
    from {{ ref('indicator_period') }} as period
    inner join {{ ref('indicator_dictionary') }} as dictionary on period.indicator = dictionary.indicator
    where period.period_kind = 'year'
),

reckoned_refusal as (
    select {{ figure_key() }}, refusal
    from {{ ref('derived_period') }}
    where refusal is not null
    union all
    select {{ figure_key() }}, refusal
    from {{ ref('observed_period') }}
    where
        refusal is not null
        and indicator not in (select indicator from {{ ref('indicator_dictionary') }} where kind = 'component')
),

series as (
    select {{ series_key() }}, min(period_start) as first_start
    from (
        select {{ series_key() }}, period_start from figure_year
        union all
        select {{ series_key() }}, period_start from reckoned_refusal where period_kind = 'year'
    ) as every_year
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
    left join figure_year
        on {{ same_series('series', 'figure_year') }}
            and years.period_start = figure_year.period_start
    left join reckoned_refusal as refusal
        on {{ same_series('series', 'refusal') }}
            and refusal.period_kind = 'year'
            and years.period_start = refusal.period_start
    left join (
        select distinct {{ figure_key() }}
        from {{ ref('observed') }}
        where measured_value is null and estimated_value is null and period_kind = 'year'
    ) as told
        on {{ same_series('series', 'told') }} and years.period_start = told.period_start
    where figure_year.indicator is null and refusal.indicator is null and told.indicator is null
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
    where series.indicator is null and dictionary.kind <> 'component'
),

refused as (
    select {{ figure_key() }}, coalesce(warning, 'no_data_in_period') as reason_code
    from {{ ref('observed') }}
    where
        measured_value is null and estimated_value is null
        and indicator not in (select indicator from {{ ref('indicator_dictionary') }} where kind = 'component')
    union all
    select {{ figure_key() }}, refusal
    from reckoned_refusal
),

-- A longer period of which every day that should have been observed was refused has no figure either. Of a year there
-- is a row above.
refused_longer as (
    select
        refused.office,
        refused.indicator,
        refused.site,
        refused.dimension,
        period.period_kind,
        period.period_start,
        min(refused.reason_code) as reason_code
    from refused
    inner join {{ ref('calendar_period') }} as period
        on refused.office = period.office and refused.period_start = period.local_date
    left join {{ ref('indicator_period') }} as figure
        on {{ same_series('refused', 'figure') }}
            and period.period_kind = figure.period_kind
            and period.period_start = figure.period_start
    left join refused as told
        on {{ same_series('refused', 'told') }}
            and period.period_kind = told.period_kind
            and period.period_start = told.period_start
    where
        refused.period_kind = 'day'
        and period.period_kind not in ('day', 'year')
        and figure.indicator is null
        and told.indicator is null
    group by
        refused.office, refused.indicator, refused.site, refused.dimension, period.period_kind, period.period_start
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
    union all
    select {{ figure_key() }}, reason_code from refused_longer
) as gap
inner join {{ source('settings', 'office') }} as office on gap.office = office.office
left join {{ ref('figure_note') }} as note on gap.reason_code = note.code
