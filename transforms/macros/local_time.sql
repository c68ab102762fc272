{#- Local days and hours of the office: a table says them (settings.local_hour), never a dialect's function. -#}

{#- When each local day begins and ends, UTC: 23, 24 or 25 hours apart. -#}
{% macro local_days() -%}
    (
        select office, local_date, min(utc_hour) as starts_at, max(utc_hour) + interval '1' hour as ends_at
        from {{ source('settings', 'local_hour') }}
        group by office, local_date
    )
{%- endmacro %}

{#- Join the local hour in which an instant lies. -#}
{% macro join_local_hour(alias, office, instant, kind='left') -%}
    {{ kind }} join {{ source('settings', 'local_hour') }} as {{ alias }}
        on {{ office }} = {{ alias }}.office and date_trunc('hour', {{ instant }}) = {{ alias }}.utc_hour
{%- endmacro %}

{#- The local day of an instant by the hour joined. Before the calendar begins an hour more or less does not matter:
    there it is the day in UTC. -#}
{% macro local_day(alias, instant) -%} coalesce({{ alias }}.local_date, cast({{ instant }} as date)) {%- endmacro %}
