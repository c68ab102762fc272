{#- The schemas of the contract as they are named, without dbt's prefix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{#- A raw table. Only its staging model reads it (stg_<table> reads raw.<table>), so a new source is
    declared nowhere else; the lineage of a mart goes by the names of its staging models. -#}
{% macro raw(table) -%}
    raw.{{ adapter.quote(table) }}
{%- endmacro %}
