{#- What DuckDB and Spark spell differently, in one place. -#}

{% macro distinct_list(expression) -%}{{ return(adapter.dispatch('distinct_list')(expression)) }}{%- endmacro %}
{% macro default__distinct_list(expression) -%}
    list_sort(list(distinct {{ expression }}) filter (where {{ expression }} is not null))
{%- endmacro %}
{% macro spark__distinct_list(expression) -%} array_sort(collect_set({{ expression }})) {%- endmacro %}

{% macro empty_list() -%}{{ return(adapter.dispatch('empty_list')()) }}{%- endmacro %}
{% macro default__empty_list() -%} cast([] as varchar[]) {%- endmacro %}
{% macro spark__empty_list() -%} cast(array() as array<string>) {%- endmacro %}

{% macro minutes_between(start, end) -%}{{ return(adapter.dispatch('minutes_between')(start, end)) }}{%- endmacro %}
{% macro default__minutes_between(start, end) -%} date_diff('minute', {{ start }}, {{ end }}) {%- endmacro %}
{% macro spark__minutes_between(start, end) -%} timestampdiff(minute, {{ start }}, {{ end }}) {%- endmacro %}

{#- A row for each hour from a full hour to an instant: those of which the instant leaves half an hour or more. -#}
{% macro each_hour(start, end) -%}{{ return(adapter.dispatch('each_hour')(start, end)) }}{%- endmacro %}
{% macro default__each_hour(start, end) -%}
    unnest(generate_series({{ start }}, {{ end }} - interval '30' minute, interval '1' hour))
{%- endmacro %}
{% macro spark__each_hour(start, end) -%}
    explode(sequence({{ start }}, {{ end }} - interval '30' minute, interval '1' hour))
{%- endmacro %}
