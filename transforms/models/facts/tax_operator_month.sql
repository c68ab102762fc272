-- Operators' statements by month of perception.

select
    office,
    operator,
    month_start,
    amounts,
    cast(sum(declared_eur) as decimal(18, 2)) as declared_eur,
    cast(sum(case when adjustment in ('refund', 'correction') then declared_eur else 0 end) as decimal(18, 2))
        as adjusted_eur,
    cast(sum(case when is_month_assumed then declared_eur else 0 end) as decimal(18, 2)) as assumed_month_eur,
    cast(sum(person_nights) as bigint) as person_nights,
    count(*) as line_count
from {{ ref('tax_operator_line') }}
group by office, operator, month_start, amounts
