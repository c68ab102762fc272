{#- For counters and hours that a query joins (both by the names that they have in it): an hour of the counter's
    service that no slot of it covers. -#}
{% macro is_uncovered(counters, hours) -%}
    {{ hours }}.utc_hour >= {{ counters }}.first_at
    and ({{ counters }}.until_at is null or {{ hours }}.utc_hour < {{ counters }}.until_at)
    and not exists (
        select 1
        from covered
        where
            covered.office = {{ counters }}.office
            and covered.counter = {{ counters }}.counter
            and covered.utc_hour = {{ hours }}.utc_hour
    )
{%- endmacro %}
