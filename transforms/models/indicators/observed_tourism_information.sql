{{ config(schema='staging', materialized='view') }}
-- Records created day by day, and the level of bed places at each month's end that the deliveries know.

with bounds as (
    select
        office,
        min(case when is_complete then produced_date end) as first_complete,
        max(produced_date) as last_known
    from {{ ref('tourism_delivery') }}
    group by office
),

created as (
    select
        office,
        created_date,
        count(*) as records
    from {{ ref('tourism_object') }}
    where object_type = 'FETE_ET_MANIFESTATION' and created_date is not null
    group by office, created_date
),

first_creation as (
    select
        created.office,
        min(created.created_date) as first_day
    from created
    inner join {{ source('settings', 'calendar') }} as calendar
        on created.office = calendar.office and created.created_date = calendar.local_date
    group by created.office
),

-- From the first creation to the last delivery a day without one is a true zero.
creation_days as (
    select
        calendar.office,
        'event_records_created' as indicator,
        calendar.local_date as period_start,
        cast(coalesce(created.records, 0) as decimal(18, 4)) as measured_value,
        -- What was created and removed before the first complete delivery was never seen.
        case
            when bounds.first_complete is null or calendar.local_date < bounds.first_complete
                then 'removed_records_unknown'
        end as warning
    from {{ source('settings', 'calendar') }} as calendar
    inner join bounds on calendar.office = bounds.office and calendar.local_date <= bounds.last_known
    inner join first_creation
        on calendar.office = first_creation.office and calendar.local_date >= first_creation.first_day
    left join created on calendar.office = created.office and calendar.local_date = created.created_date
),

-- Levels are known at every month's end since the first complete delivery, and on the day of the last one.
level_days as (
    select
        calendar.office,
        calendar.local_date
    from {{ source('settings', 'calendar') }} as calendar
    inner join bounds
        on
            calendar.office = bounds.office
            and calendar.local_date between bounds.first_complete and bounds.last_known
    where
        calendar.local_date = bounds.last_known
        or extract(month from calendar.local_date + interval '1' day) <> extract(month from calendar.local_date)
),

categories as (
    select office, 'bed_places_commercial' as indicator, false as is_platform
    from {{ source('settings', 'office') }}
    union all
    -- Without a criterion that marks them, platform lodgings cannot be told apart: no figure, not 0.
    select distinct office, 'bed_places_platform', true
    from {{ source('settings', 'platform_criterion') }}
),

levels as (
    select
        category.office,
        category.indicator,
        level_day.local_date as period_start,
        cast(coalesce(sum(bed.bed_count), 0) as decimal(18, 4)) as measured_value,
        case
            when sum(case when bed.object_id is not null and bed.bed_count is null then 1 else 0 end) > 0
                then 'unknown_capacity'
        end as warning
    from level_days as level_day
    inner join categories as category on level_day.office = category.office
    left join {{ ref('tourism_bed_place') }} as bed
        on
            level_day.office = bed.office
            and category.is_platform = bed.is_platform
            and bed.is_published
            and bed.valid_from <= level_day.local_date
            and (bed.valid_until is null or bed.valid_until > level_day.local_date)
    group by category.office, category.indicator, level_day.local_date
),

observed as (
    select office, indicator, period_start, measured_value, warning from creation_days
    union all
    select office, indicator, period_start, measured_value, warning from levels
)

select {{ observation('indicator', 'measured_value', warning='warning', site="'all'", period_start='period_start') }}
from observed
