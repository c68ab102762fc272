-- What a person wrote down, by year: the line of the year itself, else the sum of its months.

with written as (
    select *, substr(value, 1, 1) in ('-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9') as is_number
    from {{ raw('manual_indicators') }}
),

-- The form of a number is settled when it is read: spaces part its thousands, a comma or point its
-- decimals, and a percent sign repeats its unit.
line as (
    select
        office,
        indicator_label,
        cast(substr(period, 1, 4) as integer) as year,
        length(period) = 4 as is_year,
        cast(
            case when is_number then replace(regexp_replace(value, '[\s\p{Zs}%]', '', 'g'), ',', '.') end
            as decimal(18, 4)
        ) as value,
        case when is_number then 'number' else value end as value_word
    from written
),

by_year as (
    select
        office,
        indicator_label,
        year,
        max(case when is_year then 1 else 0 end) = 1 as has_year,
        max(case when is_year then value end) as year_value,
        max(case when is_year then value_word end) as year_word,
        sum(case when not is_year then value end) as month_value,
        max(case when not is_year then value_word end) as month_word
    from line
    group by office, indicator_label, year
)

select
    by_year.office,
    by_year.indicator_label,
    by_year.year,
    cast(case when has_year then year_value else month_value end as decimal(18, 4)) as value,
    case when has_year then year_word when month_value is not null then 'number' else month_word end as value_word,
    followed.followed is not null as is_declared
from by_year
left join (
    {%- for table in ['quality_objective', 'scheme_control'] %}
    {%- for name in ['manual', 'label'] %}
    select office, lower({{ name }}) as followed from {{ source('settings', table) }} where manual is not null
    {{ 'union' if not loop.last }}
    {%- endfor %}
    {{ 'union' if not loop.last }}
    {%- endfor %}
) as followed
    on by_year.office = followed.office and lower(trim(by_year.indicator_label)) = followed.followed
