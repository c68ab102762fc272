{{ config(schema='staging', materialized='view') }}
-- What the quality manual and the scheme may follow, by calendar year: figures of Vigie, and what a person wrote.

select
    office,
    'system' as given_by,
    indicator as followed,
    site,
    dimension,
    cast(extract(year from period_start) as integer) as year,
    value,
    'number' as value_word,
    unit,
    change_percent,
    comparable
from {{ ref('indicator_value') }}
where period_kind = 'year'
union all
select
    office,
    'person',
    lower(trim(indicator_label)),
    'all',
    '',
    year,
    value,
    value_word,
    cast(null as varchar),
    cast(null as decimal(18, 2)),
    true
from {{ ref('manual_indicator') }}
where is_declared
