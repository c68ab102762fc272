-- The classed lodgings of the territory, as each file of Atout France had them. The file has no INSEE code: a
-- municipality is known by its name without accents and hyphens, within the department.
with lodging as (
    select
        *,
        max(stated_on) over (partition by office) as last_stated_on,
        {{ bare_name('municipality_name') }} as bare_name
    from {{ raw('classed_lodgings') }}
),

municipality as (
    select
        office,
        municipality_code,
        municipality_name,
        {{ bare_name('municipality_name') }} as bare_name
    from {{ source('settings', 'municipality') }}
)

select
    lodging.office,
    lodging.lodging_kind,
    lodging.stars,
    municipality.municipality_code,
    municipality.municipality_name,
    lodging.capacity_count as bed_count,
    lodging.room_count,
    lodging.pitch_count,
    lodging.stated_on as stated_date,
    lodging.classed_on as classed_date,
    -- Five years, unless the file says that they were extended.
    case when not coalesce(lodging.is_extended, false) then cast(lodging.classed_on + interval '5' year as date) end
        as due_date,
    lodging.stated_on = lodging.last_stated_on as is_current
from lodging
inner join municipality
    on
        lodging.office = municipality.office
        and lodging.bare_name = municipality.bare_name
        and left(lodging.postal_code, 2) = left(municipality.municipality_code, 2)
