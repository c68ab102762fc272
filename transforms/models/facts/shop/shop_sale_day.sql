-- What a shop sold by local day, without the tickets that its till sells for others.
select
    office,
    site,
    local_date,
    count(distinct case when not is_given_back then receipt end) as basket_count,
    cast(sum(item_count) as double) as item_count,
    cast(sum(amount_eur) as decimal(18, 4)) as till_eur,
    cast(sum(case when not is_ticket then item_count end) as double) as goods_count,
    cast(sum(case when not is_ticket then amount_eur end) as decimal(18, 4)) as goods_eur,
    cast(sum(case when not is_ticket then net_eur end) as decimal(18, 4)) as goods_net_eur,
    cast(sum(case when not is_ticket and net_eur is not null then net_eur - cost_eur end) as decimal(18, 4))
        as margin_eur,
    count(case when not is_ticket and net_eur is null then 1 end) as without_vat_count,
    count(case when not is_ticket and (net_eur is null or cost_eur is null) then 1 end) as without_margin_count
from {{ ref('shop_sale') }}
group by office, site, local_date
