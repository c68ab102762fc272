{{ config(schema='staging', materialized='table') }}
-- The periods in which each local day lies.
{% set kinds = {
    'day': ('local_date', "interval '0' day"),
    'week': ('week_start', "interval '6' day"),
    'month': ('month_start', "interval '1' month - interval '1' day"),
    'quarter': ('quarter_start', "interval '3' month - interval '1' day"),
    'year': ("cast(date_trunc('year', local_date) as date)", "interval '1' year - interval '1' day"),
} %}
{%- for kind, (start, length) in kinds.items() %}
select
    office,
    local_date,
    '{{ kind }}' as period_kind,
    {{ start }} as period_start,
    cast({{ start }} + {{ length }} as date) as period_end,
    false as is_season
from {{ source('settings', 'calendar') }}
union all
{%- endfor %}
select
    season.office,
    calendar.local_date,
    season.season,
    season.season_start,
    season.season_end,
    true
from {{ source('settings', 'season') }} as season
inner join {{ source('settings', 'calendar') }} as calendar
    on season.office = calendar.office and calendar.local_date between season.season_start and season.season_end
