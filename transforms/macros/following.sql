{#- What the quality manual and the scheme follow (settings), and how it may be written. -#}

{#- A row for each name under which staging.followed_year may hold what a line of `relation` follows: the indicator,
    or the code and the label of what a person keeps. `key` are the columns that name a line beside the office. -#}
{% macro followed_names(relation, key) -%}
    select office, {{ key }}, 'system' as given_by, indicator as followed, site, dimension
    from {{ relation }}
    where indicator is not null
    {%- for name in ['manual', 'label'] %}
    union
    select office, {{ key }}, 'person', lower({{ name }}), 'all', ''
    from {{ relation }}
    where manual is not null
    {%- endfor %}
{%- endmacro %}

{#- Who gives the value of a line: a system of the office, a person, or nobody yet. -#}
{% macro given_by() -%}
    case when indicator is not null then 'system' when manual is not null then 'person' end
{%- endmacro %}

{#- A condition of a join with staging.followed_year. -#}
{% macro is_followed(names, followed) -%}
    {{ names }}.office = {{ followed }}.office
    and {{ names }}.given_by = {{ followed }}.given_by
    and {{ names }}.followed = {{ followed }}.followed
    and {{ names }}.site = {{ followed }}.site
    and {{ names }}.dimension = {{ followed }}.dimension
{%- endmacro %}
