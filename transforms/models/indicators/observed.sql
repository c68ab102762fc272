{{ config(schema='staging', materialized='view') }}
-- Every indicator at the finest period at which its source knows it.
{% for system in ['counters', 'motorhome', 'tourism_information', 'tourist_tax'] %}
select
    office,
    indicator,
    site,
    dimension,
    period_kind,
    period_start,
    measured_value,
    estimated_value,
    expected_weight,
    observed_weight,
    warning
from {{ ref('observed_' ~ system) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
