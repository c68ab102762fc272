select
    office,
    delivery_id,
    channel_id,
    site_id,
    mobility_type,
    counter_type,
    direction as compass_direction,
    provider_direction_code,
    provider_direction_name,
    temporality,
    started_at,
    ended_at,
    last_updated_at,
    time_step as time_step_seconds
from {{ raw('counter_channels') }}
