-- Requests from afar by month: one row a channel.
select
    office,
    month_start,
    channel,
    max(case when period_kind = 'month' then 1 else 0 end) = 1 as is_tallied,
    cast(sum(request_count) as bigint) as request_count,
    cast(sum(answered_count) as bigint) as answered_count,
    cast(sum(answered_soon_count) as bigint) as answered_soon_count,
    cast(sum(documentation_count) as bigint) as documentation_count
from {{ ref('request_counted') }}
group by office, month_start, channel
