{#- These columns of all models whose names begin so, one under the other: `observed_` is every system's
    observed_<system>. transforms/parts.py finds them. -#}
{% macro whole_of(beginning, columns) -%}
    {%- for part in fromjson(env_var('VIGIE_PARTS'))[beginning] %}
select
    {{ columns | join(',\n    ') }}
from {{ ref(part) }}
{% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}
