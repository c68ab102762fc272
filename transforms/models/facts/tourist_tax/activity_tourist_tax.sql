{{ config(schema='staging', materialized='view') }}
-- Declared person-nights by month, of months that may be told whole (tax_disclosed). Hosts declare by the quarter: a month
-- is complete three months after it. Never published: what is judged of it is told as a rounded percentage.

with disclosed as (
    select office, month_start, min(case when declared_kind = 'month' then 1 else 0 end) = 1 as is_disclosed
    from {{ ref('tax_disclosed') }}
    group by office, month_start
)

select
    line.office,
    'tax_nights' as series,
    'all' as site,
    'month' as step,
    line.month_start as period_start,
    cast(1 as double) as exposure,
    cast(sum(line.person_nights) as double) as value,
    disclosed.is_disclosed and line.month_start + interval '4' month <= office.as_of_date as is_complete
from {{ ref('tax_declaration_line') }} as line
inner join disclosed on line.office = disclosed.office and line.month_start = disclosed.month_start
inner join {{ source('settings', 'office') }} as office on line.office = office.office
group by line.office, line.month_start, disclosed.is_disclosed, office.as_of_date
