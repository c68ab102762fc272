-- What was in stock at each counting, by shop and family: names of articles are in shop_product alone.
select
    office,
    site,
    counted_date,
    count(*) as product_count,
    cast(sum(stock_count) as bigint) as stock_count,
    cast(sum(stock_count * unit_cost_eur) as decimal(18, 4)) as stock_cost_eur,
    count(case when stock_count < threshold_count then 1 end) as below_threshold_count
from {{ raw('shop_stock') }}
group by office, site, counted_date
