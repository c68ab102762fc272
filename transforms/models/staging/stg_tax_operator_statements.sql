select
    office,
    delivery_id,
    statement_operator,
    statement_reference,
    operator,
    statement_start,
    statement_end,
    perceived_on,
    is_month_assumed,
    municipality_code,
    nights_count,
    person_nights,
    cast(declared_eur as decimal(18, 2)) as declared_eur,
    adjustment
from {{ raw('tax_operator_statements') }}
