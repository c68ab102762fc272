select
    office,
    delivery_id,
    authority_siren,
    deliberated_on,
    entered_on,
    first_month_day,
    last_month_day,
    category,
    cast(tariff as decimal(6, 2)) as tariff,
    is_percent,
    is_highest
from {{ raw('tax_tariffs') }}
