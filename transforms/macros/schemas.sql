{#- The schemas of the contract as they are named, without dbt's prefix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{#- A raw table, typed and named as source.yml says. One that is withheld (transforms/building.py) is read as empty. -#}
{% macro raw(table) -%}
    {%- if table in var('withheld', []) -%}
        (select * from {{ source('raw', table) }} where false)
    {%- else -%}
        {{ source('raw', table) }}
    {%- endif -%}
{%- endmacro %}
