-- Articles that sold: one row an article. One on fewer than three receipts is left out, for its name may be a note.
select
    office,
    product,
    min(local_date) as first_sold_date,
    max(local_date) as last_sold_date
from {{ ref('shop_sale') }}
where not is_ticket and product is not null
group by office, product
having count(distinct concat(site, ' ', cast(local_date as varchar), ' ', receipt)) >= 3
