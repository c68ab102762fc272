{{ config(schema='staging', materialized='table') }}
-- The entries of transforms/dictionary/, one row each; dbt is given them as a variable.
{%- set types = {
    'decimals': 'integer', 'largest': 'integer', 'fewest': 'integer', 'is_estimated': 'boolean',
    'is_about_observation': 'boolean', 'is_in_points': 'boolean',
} %}
{%- set entries = var('dictionary') %}
{%- set columns = entries[0].keys() | list %}

select
    {%- for column in columns %}
    cast({{ column }} as {{ types.get(column, 'varchar') }}) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from (
    values
    {%- for entry in entries %}
    (
        {%- for column in columns %}
        {{ constant(entry[column]) }}{{ ',' if not loop.last }}
        {%- endfor %}
    ){{ ',' if not loop.last }}
    {%- endfor %}
) as entry ({{ columns | join(', ') }})
