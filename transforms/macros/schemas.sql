{#- The schemas of the contract as they are named, without dbt's prefix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{#- A raw table. Only its staging model reads it (stg_<table> reads raw.<table>), so a new source is
    declared nowhere else; the lineage of a mart goes by the names of its staging models. A table that is
    withheld (transforms/building.py) is read as empty. -#}
{% macro raw(table) -%}
    {%- if table in var('withheld', []) -%}
        (select * from raw.{{ adapter.quote(table) }} where false) as withheld
    {%- else -%}
        raw.{{ adapter.quote(table) }}
    {%- endif -%}
{%- endmacro %}
