-- What the kiosk took and gave back, by local day.
select
    office,
    site,
    local_date,
    payment_kind,
    method,
    count(*) as payment_count,
    cast(sum(nights_count) as bigint) as nights_count,
    cast(sum(amount_eur) as decimal(18, 4)) as amount_eur,
    cast(sum(vat_eur) as decimal(18, 4)) as vat_eur,
    cast(sum(tourist_tax_eur) as decimal(18, 4)) as tourist_tax_eur,
    cast(sum(net_eur) as decimal(18, 4)) as net_eur,
    count(case when not has_passage then 1 end) as unseen_count,
    cast(sum(case when not has_passage then amount_eur end) as decimal(18, 4)) as unseen_eur,
    date_trunc('hour', min(case when not has_passage then paid_at end)) as first_unseen_hour
from {{ ref('motorhome_payment') }}
group by office, site, local_date, payment_kind, method
