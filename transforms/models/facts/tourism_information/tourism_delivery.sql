-- What each delivery is worth as a picture of the whole, with its local day.
select
    delivery.office,
    delivery.delivery_id,
    delivery.produced_at,
    coalesce(local_hour.local_date, cast(delivery.produced_at as date)) as produced_on,
    delivery.is_complete,
    delivery.object_count
from {{ raw('tourism_deliveries') }} as delivery
left join {{ source('settings', 'local_hour') }} as local_hour
    on delivery.office = local_hour.office and date_trunc('hour', delivery.produced_at) = local_hour.utc_hour
