{{ config(schema='staging', materialized='view') }}
-- Which figures may not be compared, and with which change of method.

select
    period.office,
    period.indicator,
    period.site,
    period.dimension,
    period.period_kind,
    period.period_start,
    {{ start_of_previous('period') }} as previous_start,
    method_break.site as break_site,
    method_break.break_date
from {{ ref('indicator_period') }} as period
inner join {{ ref('indicator_dictionary') }} as dictionary on period.indicator = dictionary.indicator
inner join {{ source('settings', 'method_break') }} as method_break
    on period.office = method_break.office and period.indicator = method_break.indicator
where
    method_break.site in ('all', period.site)
    and method_break.break_date <= period.period_end
    and method_break.break_date > case
        when dictionary.comparison = 'slots' then cast(period.period_start - interval '364' day as date)
        else {{ start_of_previous('period') }}
    end
