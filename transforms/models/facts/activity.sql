{{ config(schema='staging', materialized='view') }}
-- What each system of the office recorded, at its own step: one model `activity_<system>` a system, named here and
-- nowhere else. Series that share a machine or a register are one series, else they would confirm each other.
{% for system in ['counted', 'tourist_tax'] %}
select
    office,
    series,
    site,
    step,
    period_start,
    exposure,
    value,
    is_complete
from {{ ref('activity_' ~ system) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
