-- Stays by month of entry and class of length.
with classed as (
    select
        office,
        site,
        cast(date_trunc('month', entry_date) as date) as month_start,
        case
            when nights_count is null then 'unknown'
            when nights_count = 0 then '0'
            when nights_count = 1 then '1'
            when nights_count = 2 then '2'
            when nights_count <= 6 then '3-6'
            else '7+'
        end as nights_class,
        nights_count
    from {{ ref('motorhome_stay') }}
    where entry_date is not null
)

select
    office,
    site,
    month_start,
    nights_class,
    count(*) as stay_count,
    cast(sum(nights_count) as bigint) as nights_count
from classed
group by office, site, month_start, nights_class
