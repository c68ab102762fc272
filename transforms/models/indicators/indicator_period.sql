{{ config(schema='staging', materialized='table') }}
-- The figures by period: what was observed and is published, the zeros of registers, and what is computed from what was observed.
{% set columns = [
    'office', 'indicator', 'site', 'dimension', 'period_kind', 'period_start', 'period_end', 'measured_value',
    'estimated_value', 'expected_weight', 'observed_weight', 'first_observed', 'is_by_day', 'warnings'
] | join(', ') %}

select {{ columns }}
from {{ ref('observed_period') }}
where
    refusal is null
    and indicator not in (select indicator from {{ ref('indicator_dictionary') }} where kind = 'component')
union all
select {{ columns }}
from {{ ref('register_zero') }}
union all
select {{ columns }}
from {{ ref('derived_period') }}
where refusal is null
