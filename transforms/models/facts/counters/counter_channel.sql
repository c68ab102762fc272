select
    channel.office,
    channel.channel_id,
    channel.site_id,
    site.municipality_code,
    site.longitude,
    site.latitude,
    site.infrastructure_type,
    channel.mobility_type,
    channel.counter_type,
    channel.direction as compass_direction,
    channel.provider_direction_code,
    channel.temporality,
    channel.started_at,
    channel.ended_at,
    channel.time_step as time_step_seconds
from {{ raw('counter_channels') }} as channel
left join {{ raw('counter_sites') }} as site
    on channel.office = site.office and channel.site_id = site.site_id
