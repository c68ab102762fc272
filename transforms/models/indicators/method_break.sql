-- Every change of method that the office file lists or a source sees, and what it does.

with data_years as (
    select office, indicator, site, dimension, period_start, period_end
    from {{ ref('indicator_period') }}
    where period_kind = 'year'
),

blocked as (
    select
        period_break.office,
        period_break.break_indicator,
        period_break.break_site,
        period_break.break_date,
        count(*) as blocked_count
    from {{ ref('period_break') }} as period_break
    inner join {{ ref('indicator_period') }} as previous
        on
            period_break.office = previous.office
            and period_break.indicator = previous.indicator
            and period_break.site = previous.site
            and period_break.dimension = previous.dimension
            and period_break.period_kind = previous.period_kind
            and period_break.previous_start = previous.period_start
    group by
        period_break.office, period_break.break_indicator, period_break.break_site, period_break.break_date
),

judged as (
    select
        method_break.office,
        method_break.indicator,
        method_break.site,
        method_break.break_date,
        method_break.reason,
        coalesce(max(blocked.blocked_count), 0) as blocked_count,
        case
            when max(dictionary.indicator) is null then 'unknown_indicator'
            when method_break.site <> 'all' and max(site.site) is null then 'unknown_site'
            when method_break.break_date > max(office.as_of_date) then 'in_the_future'
            when max(data_years.indicator) is null then 'no_data_then'
        end as mismatch_code
    from {{ ref('known_break') }} as method_break
    inner join {{ source('settings', 'office') }} as office on method_break.office = office.office
    left join {{ ref('indicator_dictionary') }} as dictionary
        on method_break.indicator = dictionary.indicator and dictionary.kind <> 'component'
    left join {{ source('settings', 'site') }} as site
        on method_break.office = site.office and method_break.site = site.site
    left join data_years
        on
            method_break.office = data_years.office
            and method_break.indicator = data_years.indicator
            and method_break.site in ('all', data_years.site)
            and method_break.break_date >= data_years.period_start
            and method_break.break_date <= data_years.period_end
    left join blocked
        on
            method_break.office = blocked.office
            and method_break.indicator = blocked.break_indicator
            and method_break.site = blocked.break_site
            and method_break.break_date = blocked.break_date
    group by
        method_break.office,
        method_break.indicator,
        method_break.site,
        method_break.break_date,
        method_break.reason
)

select
    judged.office,
    judged.indicator,
    judged.site,
    judged.break_date,
    judged.reason,
    cast(judged.blocked_count as bigint) as blocked_count,
    judged.mismatch_code is null as is_matched,
    judged.mismatch_code,
    case office.language when 'en' then note.label_en else note.label_fr end as mismatch
from judged
inner join {{ source('settings', 'office') }} as office on judged.office = office.office
left join {{ ref('figure_note') }} as note on judged.mismatch_code = note.code
