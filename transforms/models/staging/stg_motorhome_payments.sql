select
    office,
    site,
    payment_number,
    local_date,
    paid_at,
    ticket,
    nights_count,
    amount_eur,
    vat_eur,
    tourist_tax_eur,
    method,
    payment_kind,
    delivery_id
from {{ raw('motorhome_payments') }}
