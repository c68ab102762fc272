{#- What DuckDB and Spark spell differently, in one place. -#}

{% macro distinct_list(expression) -%}{{ return(adapter.dispatch('distinct_list')(expression)) }}{%- endmacro %}
{% macro default__distinct_list(expression) -%}
    list_sort(list(distinct {{ expression }}) filter (where {{ expression }} is not null))
{%- endmacro %}
{% macro spark__distinct_list(expression) -%} array_sort(collect_set({{ expression }})) {%- endmacro %}

{% macro empty_list() -%}{{ return(adapter.dispatch('empty_list')()) }}{%- endmacro %}
{% macro default__empty_list() -%} cast([] as varchar[]) {%- endmacro %}
{% macro spark__empty_list() -%} cast(array() as array<string>) {%- endmacro %}

{#- A row for each of the words that a text holds, apart by commas. -#}
{% macro each_word(text) -%}{{ return(adapter.dispatch('each_word')(text)) }}{%- endmacro %}
{% macro default__each_word(text) -%} unnest(string_split({{ text }}, ',')) {%- endmacro %}
{% macro spark__each_word(text) -%} explode(split({{ text }}, ',')) {%- endmacro %}

{#- The texts of two lists, each once and in order; null is a list of none. -#}
{% macro merged_lists(one, other) -%}{{ return(adapter.dispatch('merged_lists')(one, other)) }}{%- endmacro %}
{% macro default__merged_lists(one, other) -%}
    list_sort(list_distinct(list_concat(coalesce({{ one }}, {{ empty_list() }}), coalesce({{ other }}, {{ empty_list() }}))))
{%- endmacro %}
{% macro spark__merged_lists(one, other) -%}
    array_sort(array_union(coalesce({{ one }}, {{ empty_list() }}), coalesce({{ other }}, {{ empty_list() }})))
{%- endmacro %}

{#- A list of one text; null where the text is. -#}
{% macro list_of(text) -%}{{ return(adapter.dispatch('list_of')(text)) }}{%- endmacro %}
{% macro default__list_of(text) -%} case when {{ text }} is not null then [{{ text }}] end {%- endmacro %}
{% macro spark__list_of(text) -%} case when {{ text }} is not null then array({{ text }}) end {%- endmacro %}

{#- A row for each text of a list. -#}
{% macro each_of(list) -%}{{ return(adapter.dispatch('each_of')(list)) }}{%- endmacro %}
{% macro default__each_of(list) -%} unnest({{ list }}) {%- endmacro %}
{% macro spark__each_of(list) -%} explode({{ list }}) {%- endmacro %}

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

{#- A value of JSON as SQL writes it; engines disagree on how a quote within a text is written. -#}
{% macro constant(value) -%}
    {%- if value is none -%} null
    {%- elif value is string -%} {{ dbt.string_literal(dbt.escape_single_quotes(value)) }}
    {%- else -%} {{ value | lower }}
    {%- endif -%}
{%- endmacro %}
