-- Operators' statements by half-year of perception, by year where a half-year would tell too much (tax_operator_disclosed).

with line as (
    select
        line.*,
        disclosed.disclosed_kind,
        cast(date_trunc('year', line.month_start) as date) as year_start,
        case
            when disclosed.disclosed_kind = 'half_year' and extract(month from line.month_start) > 6
                then make_date(cast(extract(year from line.month_start) as integer), 7, 1)
            else cast(date_trunc('year', line.month_start) as date)
        end as period_start
    from {{ ref('tax_operator_line') }} as line
    inner join {{ ref('tax_operator_disclosed') }} as disclosed
        on
            line.office = disclosed.office
            and line.operator = disclosed.operator
            and cast(date_trunc('year', line.month_start) as date) = disclosed.year_start
),

area as (
    select
        office,
        operator,
        year_start,
        period_start,
        disclosed_kind,
        amounts,
        lodging_area,
        sum(declared_eur) as declared_eur,
        sum(person_nights) as person_nights,
        count(*) as line_count
    from line
    group by office, operator, year_start, period_start, disclosed_kind, amounts, lodging_area
)

select
    office,
    operator,
    coalesce(disclosed_kind, 'year') as period_kind,
    period_start,
    year_start,
    amounts,
    disclosed_kind is null as is_suppressed,
    case when disclosed_kind is not null then cast(sum(declared_eur) as decimal(18, 2)) end as declared_eur,
    case
        when disclosed_kind is not null
            and {{ is_safe_cell('person_nights') }}
            then cast(sum(person_nights) as bigint)
    end as person_nights,
    case when disclosed_kind is not null then cast(sum(line_count) as bigint) end as line_count
from area
group by office, operator, year_start, period_start, disclosed_kind, amounts
