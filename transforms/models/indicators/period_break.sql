{{ config(schema='staging', materialized='view') }}
-- Which figures may not be compared, and with which change of method.

-- What is computed from others breaks where they do.
with part as (
    select indicator, indicator as broken from {{ ref('indicator_dictionary') }}
    {%- for column in ['of_indicator', 'by_indicator', 'whole_indicator'] %}
    union
    select indicator, {{ column }} from {{ ref('indicator_dictionary') }} where {{ column }} is not null
    {%- endfor %}
)

select
    period.office,
    period.indicator,
    period.site,
    period.dimension,
    period.period_kind,
    period.period_start,
    {{ start_of_previous('period') }} as previous_start,
    method_break.indicator as break_indicator,
    method_break.site as break_site,
    method_break.break_date
from {{ ref('indicator_period') }} as period
inner join {{ ref('indicator_dictionary') }} as dictionary on period.indicator = dictionary.indicator
inner join part on period.indicator = part.indicator
inner join {{ ref('known_break') }} as method_break
    on period.office = method_break.office and part.broken = method_break.indicator
where
    method_break.site in ('all', period.site)
    and method_break.break_date <= period.period_end
    and method_break.break_date > case
        when dictionary.comparison = 'slots' then cast(period.period_start - interval '364' day as date)
        else {{ start_of_previous('period') }}
    end
