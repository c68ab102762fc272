{{ config(schema='staging') }}
-- Entries paired with exits, first by ticket, then by plate; each pass is one window over the passages.
{% set longest = longest_motorhome_stay() %}

with {{ paired_motorhome_passages() }},

-- What is not in the barrier's log yet is not known: a stay is open as of its last passage.
log_end as (
    select office, site, max(passed_at) as last_at, max(local_date) as last_date
    from {{ raw('motorhome_passages') }}
    group by office, site
),

stays as (
    select
        passage.office,
        passage.site,
        passage.ticket,
        case
            when passage.is_ticket_entry then 'ticket'
            when passage.is_plate_entry then 'plate'
            when passage.passed_at >= log_end.last_at - {{ longest }} then 'open'
            else 'unpaired_entry'
        end as pairing,
        passage.plate_hash is not null as is_plate_read,
        passage.passed_at as entry_at,
        passage.local_date as entry_date,
        case
            when passage.is_ticket_entry then passage.ticket_exit_at
            when passage.is_plate_entry then passage.plate_exit_at
        end as exit_at,
        case
            when passage.is_ticket_entry then passage.ticket_exit_date
            when passage.is_plate_entry then passage.plate_exit_date
        end as exit_date,
        lead(passage.passed_at) over (
            partition by passage.office, passage.site, passage.ticket order by passage.passed_at
        ) as next_entry_at,
        log_end.last_date
    from by_plate as passage
    inner join log_end on passage.office = log_end.office and passage.site = log_end.site
    where passage.direction = 'in'

    union all

    select
        office,
        site,
        ticket,
        'unpaired_exit' as pairing,
        plate_hash is not null as is_plate_read,
        cast(null as timestamp) as entry_at,
        cast(null as date) as entry_date,
        passed_at as exit_at,
        local_date as exit_date,
        cast(null as timestamp) as next_entry_at,
        cast(null as date) as last_date
    from by_plate
    where direction = 'out' and not is_ticket_exit and not is_plate_exit
),

-- A payment belongs to the last entry of its ticket before it.
paid as (
    select
        stay.office,
        stay.site,
        stay.ticket,
        stay.entry_at,
        stay.exit_at,
        count(*) as payments_count,
        cast(sum(payment.nights_count) as bigint) as paid_nights_count,
        sum(payment.amount_eur) as paid_eur
    from stays as stay
    inner join {{ raw('motorhome_payments') }} as payment
        on stay.office = payment.office and stay.site = payment.site and stay.ticket = payment.ticket
    where
        (
            payment.paid_at >= stay.entry_at
            and payment.paid_at <= stay.entry_at + {{ longest }}
            and payment.paid_at < coalesce(stay.next_entry_at, payment.paid_at + interval '1' second)
        )
        or (
            stay.entry_at is null
            and payment.paid_at <= stay.exit_at
            and payment.paid_at >= stay.exit_at - {{ longest }}
        )
    group by stay.office, stay.site, stay.ticket, stay.entry_at, stay.exit_at
),

dated as (
    select
        stay.*,
        coalesce(paid.payments_count, 0) > 0 as has_payment,
        paid.paid_nights_count,
        paid.paid_eur,
        case
            when stay.pairing in ('ticket', 'plate') then stay.exit_date
            when stay.pairing in ('open', 'unpaired_entry') and paid.paid_nights_count > 0
                then least(
                    cast({{ dbt.dateadd('day', 'paid.paid_nights_count', 'stay.entry_date') }} as date),
                    stay.last_date
                )
            when stay.pairing = 'open' then stay.last_date
        end as departure_date,
        case
            when stay.pairing in ('ticket', 'plate') then 'exit'
            when stay.pairing in ('open', 'unpaired_entry') and paid.paid_nights_count > 0 then 'payment'
            when stay.pairing = 'open' then 'presence'
        end as nights_basis
    from stays as stay
    left join paid
        on
            stay.office = paid.office
            and stay.site = paid.site
            and stay.ticket = paid.ticket
            and stay.entry_at is not distinct from paid.entry_at
            and stay.exit_at is not distinct from paid.exit_at
)

select
    office,
    site,
    ticket,
    pairing,
    is_plate_read,
    entry_at,
    entry_date,
    exit_at,
    exit_date,
    departure_date,
    cast({{ dbt.datediff('entry_date', 'departure_date', 'day') }} as bigint) as nights_count,
    nights_basis,
    has_payment,
    paid_nights_count,
    paid_eur
from dated
