-- What each paid creator cost and reached in a month, as last read.
with reading as (
    select
        *,
        row_number() over (partition by office, month_start, creator order by read_on desc) as recency
    from {{ raw('creator_readings') }}
)

select
    office,
    month_start,
    creator,
    read_on as read_date,
    cost_including_tax_eur,
    views_count,
    coalesce(is_views_minimum, false) as is_views_minimum,
    likes_count,
    coalesce(is_likes_minimum, false) as is_likes_minimum,
    saves_count,
    coalesce(is_saves_minimum, false) as is_saves_minimum,
    shares_count,
    coalesce(is_shares_minimum, false) as is_shares_minimum,
    cast(
        case when views_count > 0 then 1000 * cost_including_tax_eur / views_count end as decimal(18, 4)
    ) as cost_per_thousand_views_eur
from reading
where recency = 1
