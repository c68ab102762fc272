{{ config(schema='staging', materialized='view') }}
-- A numbered ticket that two exports hold counts once, as the later one says.

with ranked as (
    select
        *,
        row_number() over (
            partition by office, service, ticket_number order by delivery_id desc, scope
        ) as recency
    from {{ raw('ticket_sales') }}
)

select
    office,
    site,
    sold_on as local_date,
    ticket_kind,
    ticket_count,
    coalesce(amount_eur, 0) as amount_eur,
    commission_eur
from ranked
where not is_cancelled and (ticket_number is null or recency = 1)
