{{ config(schema='staging') }}
-- Lines of the tills with what the office keeps of them. Never published: receipts of few lines are one customer's.

with line as (
    select
        line.*,
        coalesce(line.quantity, case when line.amount_eur < 0 then -1 else 1 end) as item_count,
        family.product_family is not null as is_ticket,
        -- The rate alone tells as much; without any of them nobody knows what is left without VAT.
        coalesce(
            line.net_eur,
            line.amount_eur - line.vat_eur,
            line.amount_eur - round(line.amount_eur * line.vat_rate_pct / (100 + line.vat_rate_pct), 2)
        ) as net_told_eur
    from {{ raw('shop_lines') }} as line
    left join {{ source('settings', 'ticket_family') }} as family
        on line.office = family.office and lower(line.product_family) = lower(family.product_family)
)

select
    office,
    site,
    local_date,
    receipt,
    -- An amount that was typed without an article.
    nullif(product, 'custom_amount') as product,
    product_family,
    is_ticket,
    amount_eur < 0 or item_count < 0 as is_given_back,
    item_count,
    amount_eur,
    cast(net_told_eur as decimal(18, 4)) as net_eur,
    cast(coalesce(cost_eur, unit_cost_eur * item_count) as decimal(18, 4)) as cost_eur
from line
