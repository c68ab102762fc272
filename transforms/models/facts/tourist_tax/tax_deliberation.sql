-- Deliberations of the office's authority, with the days on which each is in force.

with known as (
    select
        deliberation.*,
        -- Voted before 1 July it holds from the next 1 January, else from the one after (L2333-26).
        make_date(
            cast(extract(year from deliberation.deliberated_on) as integer)
            + case when extract(month from deliberation.deliberated_on) < 7 then 1 else 2 end,
            1,
            1
        ) as valid_from
    from {{ raw('tax_deliberations') }} as deliberation
    inner join {{ source('settings', 'tourist_tax') }} as tourist_tax
        on
            deliberation.office = tourist_tax.office
            and deliberation.authority_siren = tourist_tax.authority_siren
),

latest as (
    select *
    from known
    qualify row_number() over (
        partition by office, valid_from order by deliberated_on desc, entered_on desc
    ) = 1
)

select
    office,
    authority_siren,
    authority_name,
    department_code,
    deliberated_on as deliberated_date,
    entered_on as entered_date,
    valid_from,
    lead(valid_from) over (partition by office order by valid_from) as valid_until,
    has_department_tax,
    has_region_tax,
    has_rail_tax,
    has_mobility_tax
from latest
