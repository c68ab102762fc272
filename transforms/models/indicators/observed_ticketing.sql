{{ config(schema='staging', materialized='view') }}
-- Tickets by local day of the sale, at the site that sold them and in all, with what was sold on line.

with sale as (
    select
        office,
        site,
        local_date,
        case
            when ticket_kind = 'show' then 'shows'
            when ticket_kind = 'other' then 'other'
            else 'heritage_service'
        end as service_kind,
        ticket_count,
        amount_eur,
        commission_eur
    from {{ ref('ticket_sale') }}
),

placed as (
    select * from sale where site is not null
    union all
    select office, 'all' as site, local_date, service_kind, ticket_count, amount_eur, commission_eur from sale
),

sold as (
    select
        office,
        site,
        local_date,
        service_kind,
        sum(ticket_count) as tickets,
        sum(amount_eur) as amount_eur,
        sum(commission_eur) as commission_eur
    from placed
    group by office, site, local_date, service_kind
)

select {{ observation("'ticket_sales'", 'amount_eur', dimension='service_kind') }}
from sold
union all
select {{ observation("'tickets_sold'", 'tickets', dimension='service_kind') }}
from sold
union all
select {{ observation("'ticket_commission'", 'commission_eur', dimension='service_kind') }}
from sold
where commission_eur is not null
union all
select {{ observation("'ticketing_requests_refused'", 'requests', site="'all'", period_start='refused_on') }}
from (
    select office, refused_on, count(*) as requests
    from {{ raw('ticketing_refusals') }}
    group by office, refused_on
) as refused
