-- Articles by month and shop.
select
    sale.office,
    sale.site,
    cast(date_trunc('month', sale.local_date) as date) as month_start,
    sale.product,
    cast(sum(sale.item_count) as double) as item_count,
    cast(sum(sale.amount_eur) as decimal(18, 4)) as amount_eur
from {{ ref('shop_sale') }} as sale
inner join {{ ref('shop_product') }} as product
    on sale.office = product.office and sale.product = product.product
where not sale.is_ticket
group by sale.office, sale.site, date_trunc('month', sale.local_date), sale.product
