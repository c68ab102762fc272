-- Every municipality of the territory with what its lodgings can hold. One without any holds 0; null is only what
-- nothing is known of.

with known as (
    select office, max(produced_date) as known_on
    from {{ ref('tourism_delivery') }}
    where is_complete
    group by office
),

-- Without a criterion that marks them, platform lodgings cannot be told apart.
marking as (
    select distinct office
    from {{ source('settings', 'platform_criterion') }}
),

recorded as (
    select
        bed_place.office,
        item.municipality_code,
        count(*) as lodging_count,
        sum(case when not bed_place.is_platform then bed_place.bed_count end) as commercial_bed_count,
        sum(case when bed_place.is_platform then bed_place.bed_count end) as platform_bed_count
    from {{ ref('tourism_bed_place') }} as bed_place
    inner join {{ ref('tourism_object') }} as item
        on bed_place.office = item.office and bed_place.object_id = item.object_id
    where bed_place.is_current and bed_place.is_published
    group by bed_place.office, item.municipality_code
),

declared_until as (
    select office, max(period_end) as last_declared_on
    from {{ raw('tax_declarations') }}
    group by office
),

-- The year that ends with the last declared day: most hosts do not declare every month.
declared_lodging as (
    select
        line.office,
        line.municipality_code,
        line.host_id,
        line.lodging_id,
        max(line.capacity_count) as capacity_count
    from {{ raw('tax_declarations') }} as line
    inner join declared_until on line.office = declared_until.office
    where line.period_end > declared_until.last_declared_on - interval '1' year
    group by line.office, line.municipality_code, line.host_id, line.lodging_id
),

declared_host as (
    select office, municipality_code, host_id, sum(capacity_count) as capacity_count
    from declared_lodging
    group by office, municipality_code, host_id
),

declared as (
    select
        office,
        municipality_code,
        sum(capacity_count) as capacity_count,
        {{ is_safe_cell('capacity_count') }} as is_safe
    from declared_host
    group by office, municipality_code
)

select
    municipality.office,
    municipality.municipality_code,
    municipality.municipality_name,
    known.known_on as recorded_date,
    case when known.office is not null then coalesce(recorded.lodging_count, 0) end as lodging_count,
    cast(
        case when known.office is not null then coalesce(recorded.commercial_bed_count, 0) end as bigint
    ) as commercial_bed_count,
    cast(
        case when known.office is not null and marking.office is not null
            then coalesce(recorded.platform_bed_count, 0)
        end as bigint
    ) as platform_bed_count,
    declared_until.last_declared_on as last_declared_date,
    cast(
        case
            when declared_until.office is null then null
            when declared.municipality_code is null then 0
            when declared.is_safe then declared.capacity_count
        end as bigint
    ) as declared_bed_count
from {{ source('settings', 'municipality') }} as municipality
left join known on municipality.office = known.office
left join marking on municipality.office = marking.office
left join recorded
    on municipality.office = recorded.office and municipality.municipality_code = recorded.municipality_code
left join declared_until on municipality.office = declared_until.office
left join declared
    on municipality.office = declared.office and municipality.municipality_code = declared.municipality_code
