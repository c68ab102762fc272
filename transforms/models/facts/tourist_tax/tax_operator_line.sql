{{ config(schema='staging') }}
-- Lines of operators' statements in force with their month. Never published: a line is one stay.

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
    -- A statement names no lodging: those of a commune are one at least, and one lodging takes some forty
    -- perceptions in a half-year.
    coalesce(
        line.municipality_code,
        concat('lines ', cast(floor((row_number() over (
            partition by
                line.office, line.operator, line.municipality_code is null,
                date_trunc('year', line.perceived_on), extract(month from line.perceived_on) > 6
            order by line.perceived_on, line.declared_eur, line.person_nights, line.statement_reference
        ) - 1) / {{ var('lines_for_a_lodging') }}) as varchar))
    ) as lodging_area,
    line.nights_count,
    line.person_nights,
    cast(line.declared_eur as decimal(18, 2)) as declared_eur,
    coalesce(operator.amounts, 'unknown') as amounts,
    line.adjustment
from {{ raw('tax_operator_statements') }} as line
inner join {{ ref('tax_statement') }} as statement
    on
        line.office = statement.office
        and line.statement_operator = statement.statement_operator
        and line.delivery_id = statement.delivery_id
        and line.statement_start = statement.statement_start
        and line.statement_end = statement.statement_end
        and statement.status = 'in_force'
left join {{ source('settings', 'digital_operator') }} as operator
    on line.office = operator.office and line.operator = operator.operator
