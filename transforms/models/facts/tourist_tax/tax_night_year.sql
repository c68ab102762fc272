{{ config(schema='staging') }}
-- Person-nights of hosts' declarations by year, and the beds that they fill, as far as they may be told (tax_nights_disclosed).

-- A lodging that declares a period at several prices offers its beds once.
with lodging_period as (
    select
        line.office,
        cast(date_trunc('year', line.month_start) as date) as year_start,
        territory.territory,
        line.category,
        line.lodging_id,
        line.period_start,
        sum(line.person_nights) as nights,
        max(line.capacity_count) * max({{ dbt.datediff('line.period_start', 'line.period_end', 'day') }} + 1) as bed_nights
    from {{ ref('tax_declaration_line') }} as line
    left join {{ source('settings', 'tax_territory') }} as territory
        on line.office = territory.office and line.municipality_code = territory.municipality_code
    group by
        line.office, date_trunc('year', line.month_start), territory.territory, line.category, line.lodging_id,
        line.period_start
),

nights_year as (
    select office, year_start, 'tourist_tax_nights' as indicator, 'total' as part, '' as code, sum(nights) as amount
    from lodging_period
    group by office, year_start
    union all
    select office, year_start, 'tourist_tax_nights', 'territory', territory, sum(nights)
    from lodging_period
    where territory is not null
    group by office, year_start, territory
    union all
    -- Beds that nobody declared are in neither side of the rate.
    select office, year_start, 'category_nights', 'category', category, sum(nights)
    from lodging_period
    where bed_nights is not null
    group by office, year_start, category
    union all
    select office, year_start, 'category_bed_nights', 'category', category, sum(bed_nights)
    from lodging_period
    group by office, year_start, category
),

-- A rate of what was declared is given, and not compared: it holds a part of the territory. A sum is not.
territories as (
    select office, count(distinct territory) as territory_count
    from {{ source('settings', 'tax_territory') }}
    group by office
),

incomplete_count as (
    select office, year_start, count(*) as missing_count
    from {{ ref('tax_missing_territory') }}
    group by office, year_start
)

select
    year.office,
    year.indicator,
    year.code as dimension,
    year.year_start,
    case when disclosed.office is not null and (missing.office is null or year.part <> 'total') then year.amount end
        as measured_value,
    case
        when disclosed.office is null then 'fewer_than_three_hosts'
        when missing.office is not null and year.part <> 'territory' then 'territory_missing'
    end as warning,
    case when disclosed.office is not null and year.part = 'category' then territories.territory_count end as expected,
    case
        when disclosed.office is not null and year.part = 'category'
            then territories.territory_count - coalesce(missing.missing_count, 0)
    end as observed
from nights_year as year
left join {{ ref('tax_nights_disclosed') }} as disclosed
    on
        year.office = disclosed.office
        and year.year_start = disclosed.year_start
        and year.part = disclosed.part
        and year.code = disclosed.code
left join territories on year.office = territories.office
left join incomplete_count as missing
    on year.office = missing.office and year.year_start = missing.year_start
union all
select office, 'tourist_tax_nights', territory, year_start, null, 'territory_missing', null, null
from {{ ref('tax_missing_territory') }}
