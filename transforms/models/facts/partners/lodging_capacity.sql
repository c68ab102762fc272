{{ config(schema='staging', materialized='view') }}
-- What the municipalities of the territory can hold in collective lodgings, one row a kind. INSEE knows rooms and pitches of
-- hotels and campsites: two persons a room and three a pitch are the usual convention.
with capacity as (
    select capacity.*
    from {{ raw('lodging_capacity') }} as capacity
    inner join {{ source('settings', 'municipality') }} as municipality
        on
            capacity.office = municipality.office
            and capacity.municipality_code = municipality.municipality_code
)

select office, year, municipality_code, 'hotel' as lodging_kind, 2 * hotel_room_count as bed_count from capacity
union all
select office, year, municipality_code, 'campsite', 3 * campsite_pitch_count from capacity
union all
select office, year, municipality_code, 'holiday_village', village_bed_count from capacity
union all
select office, year, municipality_code, 'residence', residence_bed_count from capacity
union all
select office, year, municipality_code, 'hostel', hostel_bed_count from capacity
