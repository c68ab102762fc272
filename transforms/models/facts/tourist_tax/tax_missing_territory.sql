-- Intercommunalities that have no declaration in a year of which another has some.

with place as (
    select distinct office, territory from {{ source('settings', 'tax_territory') }}
),

line as (
    select distinct
        line.office,
        cast(date_trunc('year', line.month_start) as date) as year_start,
        coalesce(territory.territory, '') as territory
    from {{ ref('tax_declaration_line') }} as line
    left join {{ source('settings', 'tax_territory') }} as territory
        on line.office = territory.office and line.municipality_code = territory.municipality_code
),

years as (
    select distinct office, year_start from line
)

select place.office, years.year_start, place.territory
from place
inner join years on place.office = years.office
left join line
    on
        place.office = line.office
        and years.year_start = line.year_start
        and place.territory = line.territory
where line.office is null
