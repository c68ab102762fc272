-- Objects as last delivered. Gone is what was announced as deleted at or after its last sighting, and what a
-- complete delivery made after its last sighting does not hold.
{# Apidae gives only published records when it leaves the state out. #}
{% set is_published %}removed.removed_at is null and coalesce(item.state, 'PUBLISHED') = 'PUBLISHED'{% endset %}

with absent as (
    select
        sighting.office,
        sighting.object_id,
        min(delivery.produced_at) as removed_at
    from {{ raw('tourism_sightings') }} as sighting
    inner join {{ raw('tourism_deliveries') }} as delivery
        on sighting.office = delivery.office and sighting.delivery_id < delivery.delivery_id
    where delivery.is_complete
    group by sighting.office, sighting.object_id
),

deleted as (
    select
        deletion.office,
        deletion.object_id,
        delivery.produced_at as removed_at
    from {{ raw('tourism_deletions') }} as deletion
    inner join {{ raw('tourism_deliveries') }} as delivery
        on deletion.office = delivery.office and deletion.delivery_id = delivery.delivery_id
    inner join {{ raw('tourism_sightings') }} as sighting
        on deletion.office = sighting.office and deletion.object_id = sighting.object_id
    where deletion.delivery_id >= sighting.delivery_id
),

removed as (
    select
        office,
        object_id,
        min(removed_at) as removed_at
    from (
        select office, object_id, removed_at from absent
        union all
        select office, object_id, removed_at from deleted
    ) as told
    group by office, object_id
)

select
    item.office,
    item.object_id,
    item.identifier,
    item.object_type,
    -- Names and places of what is not published, or no more, are those of private persons: they stay in the raw table.
    case when {{ is_published }} then item.name end as object_name,
    item.state,
    item.created_at,
    item.modified_at,
    {{ local_day('creation', 'item.created_at') }} as created_date,
    {{ local_day('modification', 'item.modified_at') }} as modified_date,
    commune.municipality_code,
    commune.municipality_name,
    municipality.municipality_code is not null as is_in_territory,
    item.owner_member_id,
    element.label as classification_label,
    case when {{ is_published }} then item.latitude end as latitude,
    case when {{ is_published }} then item.longitude end as longitude,
    seen.produced_date as last_seen_date,
    removed.removed_at,
    {{ local_day('removal', 'removed.removed_at') }} as removed_date,
    removed.removed_at is not null as is_removed,
    {{ is_published }} as is_published,
    (
        {{ is_published }}
        and extract(year from coalesce(modification.local_date, item.modified_at))
        < extract(year from office.as_of_date)
    ) as is_stale
from {{ raw('tourism_objects') }} as item
inner join {{ source('settings', 'office') }} as office on item.office = office.office
left join removed on item.office = removed.office and item.object_id = removed.object_id
left join {{ raw('tourism_communes') }} as commune
    on item.office = commune.office and item.commune_id = commune.commune_id
left join {{ source('settings', 'municipality') }} as municipality
    on commune.office = municipality.office and commune.municipality_code = municipality.municipality_code
left join {{ raw('tourism_reference_elements') }} as element
    on item.office = element.office and item.classification_id = element.element_id
left join {{ raw('tourism_sightings') }} as sighting
    on item.office = sighting.office and item.object_id = sighting.object_id
left join {{ ref('tourism_delivery') }} as seen
    on sighting.office = seen.office and sighting.delivery_id = seen.delivery_id
{{ join_local_hour('creation', 'item.office', 'item.created_at') }}
{{ join_local_hour('modification', 'item.office', 'item.modified_at') }}
{{ join_local_hour('removal', 'removed.office', 'removed.removed_at') }}
