-- What each delivery is worth as a picture of the whole, with its local day.
select
    delivery.office,
    delivery.delivery_id,
    delivery.produced_at,
    {{ local_day('local_hour', 'delivery.produced_at') }} as produced_date,
    delivery.is_complete,
    delivery.object_count
from {{ raw('tourism_deliveries') }} as delivery
{{ join_local_hour('local_hour', 'delivery.office', 'delivery.produced_at') }}
