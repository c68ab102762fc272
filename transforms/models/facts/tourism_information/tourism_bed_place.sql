-- Bed places of every lodging, version by version: each holds until the next one, or until the object is gone.

with versions as (
    select
        version.office,
        version.object_id,
        version.version_at,
        {{ local_day('local_hour', 'version.version_at') }} as valid_from,
        version.object_type,
        version.state,
        version.bed_count,
        version.basis
    from {{ raw('tourism_bed_places') }} as version
    {{ join_local_hour('local_hour', 'version.office', 'version.version_at') }}
),

platform as (
    select distinct
        criterion.office,
        criterion.object_id
    from ({{ parts_of_records('tourism_criteria') }}) as criterion
    inner join {{ source('settings', 'platform_criterion') }} as marking
        on criterion.office = marking.office and criterion.criterion_id = marking.criterion_id
),

followed as (
    select
        versions.*,
        lead(valid_from) over (partition by office, object_id order by version_at) as next_from
    from versions
)

select
    version.office,
    version.object_id,
    version.version_at,
    version.object_type,
    platform.object_id is not null as is_platform,
    version.bed_count,
    version.basis,
    coalesce(version.state, 'PUBLISHED') = 'PUBLISHED' as is_published,
    version.valid_from,
    -- The first of the two; one that is null is passed over.
    least(version.next_from, item.removed_date) as valid_until,
    version.next_from is null and item.removed_date is null as is_current
from followed as version
inner join {{ ref('tourism_object') }} as item
    on version.office = item.office and version.object_id = item.object_id
left join platform
    on version.office = platform.office and version.object_id = platform.object_id
