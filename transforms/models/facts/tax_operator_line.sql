{{ config(schema='staging') }}
-- Lines of operators' statements with their month. Never published: a line is one stay.

select
    line.office,
    line.statement_operator,
    line.statement_reference,
    line.operator,
    line.statement_start,
    line.statement_end,
    line.perceived_on,
    cast(date_trunc('month', line.perceived_on) as date) as month_start,
    line.is_month_assumed,
    -- The payment of 30 June settles what was left of the year before.
    line.perceived_on < line.statement_start as is_of_earlier_period,
    line.municipality_code,
    line.nights_count,
    line.person_nights,
    line.declared_eur,
    coalesce(operator.amounts, 'unknown') as amounts,
    line.adjustment
from {{ ref('stg_tax_operator_statements') }} as line
left join {{ source('settings', 'digital_operator') }} as operator
    on line.office = operator.office and line.operator = operator.operator
