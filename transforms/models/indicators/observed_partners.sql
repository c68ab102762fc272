{{ config(schema='staging', materialized='view') }}
-- Support given to partners, the partners there are, the labels they hold, and the beds of classed lodgings.
with tour_day as (
    -- A tour takes several partners along and one day: it is told by a row a partner.
    select office, supported_on as local_date, 1 as tours
    from {{ raw('partner_supports') }}
    where support_kind = 'familiarisation_tour'
    group by office, supported_on
),

support_day as (
    select office, support_kind, supported_on as local_date, count(*) as supports
    from {{ raw('partner_supports') }}
    group by office, support_kind, supported_on
),

partner_day as (
    select
        office,
        stated_on as local_date,
        count(case when partner_status = 'active' then 1 end) as partners,
        sum(case when partner_status = 'active' then fee_eur end) as fees
    from {{ raw('partners') }}
    group by office, stated_on
),

-- A label is held from the day on which it was obtained to the day on which it lapses, or is obtained again.
held as (
    select
        office,
        label,
        obtained_date,
        least(
            coalesce(due_date, date '9999-12-31'),
            coalesce(
                lead(obtained_date) over (partition by office, partner_id, label order by obtained_date),
                date '9999-12-31'
            )
        ) as until_date
    from {{ ref('partner_label') }}
    where label_status in ('held', 'lapsed') and obtained_date is not null
),

label_day as (
    select
        day.office,
        day.local_date,
        kind.label,
        count(held.label) as labels
    from (
        select
            calendar.office,
            calendar.local_date
        from {{ source('settings', 'calendar') }} as calendar
        inner join {{ source('settings', 'office') }} as office on calendar.office = office.office
        where
            calendar.local_date = office.as_of_date
            or extract(month from calendar.local_date + interval '1' day) <> extract(month from calendar.local_date)
    ) as day
    inner join (select office, label, min(obtained_date) as first_date from held group by office, label) as kind
        on day.office = kind.office and day.local_date >= kind.first_date
    left join held
        on
            kind.office = held.office
            and kind.label = held.label
            and day.local_date >= held.obtained_date
            and day.local_date < held.until_date
    group by day.office, day.local_date, kind.label
),

bed_day as (
    select office, lodging_kind, stated_date as local_date, sum(bed_count) as beds
    from {{ ref('classed_lodging') }}
    where bed_count is not null
    group by office, lodging_kind, stated_date
),

capacity_year as (
    select
        office,
        lodging_kind,
        cast(concat(cast(year as varchar(4)), '-01-01') as date) as year_start,
        sum(bed_count) as beds
    from {{ ref('lodging_capacity') }}
    where bed_count is not null
    group by office, lodging_kind, year
)

select {{ observation("'familiarisation_tours'", 'tours', site="'all'") }} from tour_day
union all
select {{ observation("'partner_supports'", 'supports', site="'all'", dimension='support_kind') }} from support_day
union all
select
    {{ observation("'partners_supported'", '1', site="'all'", period_start='supported_on', key='partner_id') }}
from (select distinct office, supported_on, partner_id from {{ raw('partner_supports') }}) as supported
union all
select {{ observation("'partners'", 'partners', site="'all'") }} from partner_day
union all
select {{ observation("'partner_fees'", 'fees', site="'all'") }} from partner_day where fees is not null
union all
select {{ observation("'labels_held'", 'labels', site="'all'", dimension='label') }} from label_day
union all
select {{ observation("'classed_bed_places'", 'beds', site="'all'", dimension='lodging_kind') }} from bed_day
union all
select
    {{ observation(
        "'collective_bed_places'", 'beds', site="'all'", dimension='lodging_kind', period_kind="'year'",
        period_start='year_start'
    ) }}
from capacity_year
