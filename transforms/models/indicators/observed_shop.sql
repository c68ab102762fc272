{{ config(schema='staging', materialized='view') }}
-- What the shops sold, by local day and shop.

with day as (
    select
        *,
        case when without_vat_count > 0 then 'vat_unknown' end as vat_warning,
        case when without_margin_count > 0 then 'cost_unknown' end as margin_warning
    from {{ ref('shop_sale_day') }}
)

select {{ observation("'sales_including_tax'", 'goods_eur') }}
from day
where goods_eur is not null
union all
select {{ observation("'sales_excluding_tax'", 'goods_net_eur', warning='vat_warning') }}
from day
where goods_eur is not null
union all
select {{ observation("'margin_excluding_tax'", 'margin_eur', warning='margin_warning') }}
from day
where goods_eur is not null
union all
select {{ observation("'baskets'", 'basket_count') }}
from day
union all
select {{ observation("'till_takings'", 'till_eur') }}
from day
union all
select {{ observation("'till_items'", 'item_count') }}
from day
union all
select {{ observation("'product_quantity'", 'sale.item_count', site='sale.site', dimension='sale.product', period_start='sale.local_date') }}
from (
    select sale.office, sale.site, sale.local_date, sale.product, sum(sale.item_count) as item_count
    from {{ ref('shop_sale') }} as sale
    inner join {{ ref('shop_product') }} as product
        on sale.office = product.office and sale.product = product.product
    where not sale.is_ticket
    group by sale.office, sale.site, sale.local_date, sale.product
) as sale
