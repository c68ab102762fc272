{#- A place's name as files write it in different ways: no case, accents, hyphens and apostrophes; `st` is `saint`. -#}
{% macro bare_name(name) -%}
    replace(replace(concat(' ', trim(regexp_replace(
        translate(
            lower({{ name }}), 'àâäéèêëîïôöùûüç', 'aaaeeeeiioouuuc'
        ), '[^a-z0-9]+', ' '{{ regexp_all() }}
    )), ' '), ' st ', ' saint '), ' ste ', ' sainte ')
{%- endmacro %}
{#- The argument with which a dialect replaces every occurrence. -#}
{% macro regexp_all() -%}{{ return(adapter.dispatch('regexp_all')()) }}{%- endmacro %}
{% macro default__regexp_all() -%} , 'g' {%- endmacro %}
{% macro spark__regexp_all() -%}{%- endmacro %}
