-- The places that the office keeps, with the pitches of those that are motorhome areas.
select
    site.office,
    site.site,
    site.site_name,
    site.municipality_code,
    municipality.municipality_name,
    site.is_always_open,
    site.longitude,
    site.latitude,
    area.capacity_count as pitch_count
from {{ source('settings', 'site') }} as site
left join {{ source('settings', 'municipality') }} as municipality
    on site.office = municipality.office and site.municipality_code = municipality.municipality_code
left join {{ source('settings', 'motorhome_area') }} as area
    on site.office = area.office and site.site = area.site
