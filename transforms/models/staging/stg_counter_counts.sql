select
    office,
    delivery_id,
    counter,
    channel_id,
    direction,
    start_at,
    end_at,
    passage_count,
    index_reading
from {{ raw('counter_counts') }}
