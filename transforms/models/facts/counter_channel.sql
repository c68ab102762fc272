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
    channel.compass_direction,
    channel.provider_direction_code,
    channel.temporality,
    channel.started_at,
    channel.ended_at,
    channel.time_step_seconds
from {{ ref('stg_counter_channels') }} as channel
left join {{ ref('stg_counter_sites') }} as site
    on channel.office = site.office and channel.site_id = site.site_id
