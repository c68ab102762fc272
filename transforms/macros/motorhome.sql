{#- Passages of motorhomes and how they pair: used by the stays, and by what replaces hashes of plates by tokens. -#}

{#- No pair is longer than three weeks, which no area allows: a ticket number or a plate that comes back later
    is another stay. -#}
{% macro longest_motorhome_stay() -%} interval '21' day {%- endmacro %}

{#- CTEs that end in `by_plate`: every passage that counts, and whether it is the entry or the exit of a pair,
    first by ticket, then by plate; each pass is one window over the passages. -#}
{% macro paired_motorhome_passages() -%}
{% set longest = longest_motorhome_stay() %}
-- Every year has a key of its own: a vehicle that was seen in January is known in December by its hash of then.
seen_in_january as (
    select distinct office, plate_hash_last_year, plate_hash
    from {{ raw('motorhome_passages') }}
    where plate_hash_last_year is not null
),

recorded as (
    select
        passage.*,
        coalesce(seen_in_january.plate_hash, passage.plate_hash) as vehicle
    from {{ raw('motorhome_passages') }} as passage
    left join seen_in_january
        on
            passage.office = seen_in_january.office
            and passage.plate_hash = seen_in_january.plate_hash_last_year
    where passage.direction in ('in', 'out')
),

readings as (
    select
        *,
        lag(direction) over by_ticket as direction_before,
        lag(passed_at) over by_ticket as passed_before
    from recorded
    window by_ticket as (partition by office, site, ticket order by passed_at, direction, lane, vehicle, opening)
),

-- A ticket that is read again in the same direction is the same passage: the first one counts.
passages as (
    select
        office,
        site,
        local_date,
        passed_at,
        direction,
        lane,
        plate_hash,
        vehicle,
        ticket,
        opening
    from readings
    where
        ticket is null
        or direction_before is null
        or direction_before <> direction
        or passed_before < passed_at - {{ longest }}
),

by_ticket as (
    select
        *,
        coalesce(
            ticket is not null and direction = 'in'
            and lead(direction) over same_ticket = 'out'
            and lead(passed_at) over same_ticket <= passed_at + {{ longest }},
            false
        ) as is_ticket_entry,
        coalesce(
            ticket is not null and direction = 'out'
            and lag(direction) over same_ticket = 'in'
            and lag(passed_at) over same_ticket >= passed_at - {{ longest }},
            false
        ) as is_ticket_exit,
        lead(passed_at) over same_ticket as ticket_exit_at,
        lead(local_date) over same_ticket as ticket_exit_date
    from passages
    window same_ticket as (partition by office, site, ticket order by passed_at, direction)
),

-- A plate that is seen in between entered or left then: only neighbours make a pair.
by_plate as (
    select
        *,
        coalesce(
            vehicle is not null and direction = 'in' and not is_ticket_entry
            and lead(direction) over same_plate = 'out' and not lead(is_ticket_exit) over same_plate
            and lead(passed_at) over same_plate <= passed_at + {{ longest }},
            false
        ) as is_plate_entry,
        coalesce(
            vehicle is not null and direction = 'out' and not is_ticket_exit
            and lag(direction) over same_plate = 'in' and not lag(is_ticket_entry) over same_plate
            and lag(passed_at) over same_plate >= passed_at - {{ longest }},
            false
        ) as is_plate_exit,
        lead(passed_at) over same_plate as plate_exit_at,
        lead(local_date) over same_plate as plate_exit_date,
        lag(passed_at) over same_plate as plate_entry_at
    from by_ticket
    window same_plate as (partition by office, site, vehicle order by passed_at, direction)
)
{%- endmacro %}
