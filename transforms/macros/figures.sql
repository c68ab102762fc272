{#- Figures: what names one, and the row in which a source gives it. -#}

{#- The columns that name a figure, and those of the series that it is one of. -#}
{% macro series_key() -%} office, indicator, site, dimension {%- endmacro %}
{% macro figure_key() -%} {{ series_key() }}, period_kind, period_start {%- endmacro %}

{#- A condition of a join: two relations tell of the same figure, or of one of the same series. One column of the key
    may be of another name. -#}
{% macro same_figure(this, other, omit='') -%} {{ same(this, other, figure_key(), omit) }} {%- endmacro %}
{% macro same_series(this, other) -%} {{ same(this, other, series_key()) }} {%- endmacro %}
{% macro same(this, other, columns, omit='') -%}
    {%- for column in columns.strip().split(', ') | reject('equalto', omit) -%}
        {{ this }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The columns of an `observed_<system>` model, from a relation that has `office`. What is not given has no meaning for
    the figure: `expected` and `observed` are its observation time, `warning` is one code of figure_note, `key` tells the things of a
    distinct count apart. -#}
{% macro observation(
    indicator, measured, estimated='null', expected='null', observed='null', warning='null',
    site='site', dimension="''", period_kind="'day'", period_start='local_date', key='null'
) -%}
    office,
    cast({{ indicator }} as varchar) as indicator,
    {{ site }} as site,
    cast({{ dimension }} as varchar) as dimension,
    {{ period_kind }} as period_kind,
    {{ period_start }} as period_start,
    cast({{ measured }} as decimal(18, 4)) as measured_value,
    cast({{ estimated }} as decimal(18, 4)) as estimated_value,
    cast({{ expected }} as double) as expected_weight,
    cast({{ observed }} as double) as observed_weight,
    cast({{ warning }} as varchar) as warning,
    cast({{ key }} as varchar) as key
{%- endmacro %}
