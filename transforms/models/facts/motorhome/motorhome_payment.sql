{{ config(schema='staging') }}
-- A ticket is looked for around its payment, as far as the longest stay.
with log_end as (
    select office, site, max(passed_at) as last_at
    from {{ raw('motorhome_passages') }}
    group by office, site
),

payments as (
    select
        payment.*,
        -- No VAT is due on the tourist tax.
        coalesce(
            payment.vat_eur,
            round(
                (payment.amount_eur - payment.tourist_tax_eur) * cast(area.vat_pct as decimal(5, 2))
                / (100 + cast(area.vat_pct as decimal(5, 2))),
                2
            )
        ) as vat_stated_or_computed_eur
    from {{ raw('motorhome_payments') }} as payment
    left join {{ source('settings', 'motorhome_area') }} as area
        on payment.office = area.office and payment.site = area.site
),

seen as (
    select distinct payment.office, payment.site, payment.payment_number, payment.paid_at
    from payments as payment
    inner join {{ raw('motorhome_passages') }} as passage
        on payment.office = passage.office and payment.site = passage.site and payment.ticket = passage.ticket
    where
        passage.passed_at >= payment.paid_at - {{ longest_motorhome_stay() }}
        and passage.passed_at <= payment.paid_at + {{ longest_motorhome_stay() }}
)

select
    payment.office,
    payment.site,
    payment.payment_number,
    payment.paid_at,
    payment.local_date,
    payment.ticket,
    payment.payment_kind,
    payment.method,
    payment.nights_count,
    cast(payment.amount_eur as decimal(18, 4)) as amount_eur,
    cast(payment.vat_stated_or_computed_eur as decimal(18, 4)) as vat_eur,
    cast(payment.tourist_tax_eur as decimal(18, 4)) as tourist_tax_eur,
    cast(
        payment.amount_eur - payment.vat_stated_or_computed_eur - payment.tourist_tax_eur as decimal(18, 4)
    ) as net_eur,
    case
        when payment.ticket is null then null
        when seen.payment_number is not null then true
        -- Beyond the end of the barrier's log nothing can be said of the ticket.
        when payment.paid_at <= log_end.last_at then false
    end as has_passage
from payments as payment
left join seen
    on
        payment.office = seen.office
        and payment.site = seen.site
        and payment.payment_number = seen.payment_number
        and payment.paid_at = seen.paid_at
left join log_end on payment.office = log_end.office and payment.site = log_end.site
