-- What the Ministry of Culture's file says of the office's own museums, beside the office's own count of the year.

with counted as (
    select
        office,
        site,
        year(local_date) as year,
        cast(sum(visitor_count) as bigint) as visitor_count,
        count(case when is_expected and visitor_count is null then 1 end) as uncounted_days
    from {{ ref('equipment_day') }}
    group by office, site, year(local_date)
),

-- Days before the first row of the register, or after its last one, are in no row of equipment_day.
unwritten as (
    select opening.office, opening.site, year(opening.local_date) as year, count(distinct opening.local_date) as days
    from {{ source('settings', 'opening_hour') }} as opening
    left join {{ ref('equipment_day') }} as day
        on
            opening.office = day.office
            and opening.site = day.site
            and opening.local_date = day.local_date
    where day.site is null
    group by opening.office, opening.site, year(opening.local_date)
)

select
    stated.office,
    museum.site,
    stated.year,
    stated.visitor_count as stated_count,
    counted.visitor_count as counted_count,
    cast(coalesce(counted.uncounted_days, 0) + coalesce(unwritten.days, 0) as bigint) as uncounted_days,
    stated.visitor_count - counted.visitor_count as difference,
    load.received_at as stated_at
from {{ raw('museum_years') }} as stated
inner join {{ source('settings', 'museum') }} as museum
    on stated.office = museum.office and stated.museum_id = museum.museum_id
inner join {{ source('quality', 'load') }} as load on stated.delivery_id = load.delivery_id
left join counted
    on stated.office = counted.office and museum.site = counted.site and stated.year = counted.year
left join unwritten
    on stated.office = unwritten.office and museum.site = unwritten.site and stated.year = unwritten.year
