{#- What registers that people keep have in common: they say what happened, never that nothing did. -#}

{#- The first and the last day of an office's register, from a relation of `office` and a day. -#}
{% macro kept_between(relation, day) -%}
    select
        office,
        min({{ day }}) as first_date,
        max({{ day }}) as last_date
    from {{ relation }}
    group by office
{%- endmacro %}

{#- Days on which a level that a register tells is stated: every month's end between its first and its last row, and the
    day of the last one. -#}
{% macro level_days(relation, day) -%}
    select
        calendar.office,
        calendar.local_date
    from {{ source('settings', 'calendar') }} as calendar
    inner join ({{ kept_between(relation, day) }}) as kept
        on calendar.office = kept.office and calendar.local_date between kept.first_date and kept.last_date
    where
        calendar.local_date = kept.last_date
        or extract(month from calendar.local_date + interval '1' day) <> extract(month from calendar.local_date)
{%- endmacro %}
