{{ config(schema='staging', materialized='view') }}
-- A file that goes on into the next year's workbook is what that one says.

with latest as (
    select
        *,
        row_number() over (partition by office, file_number order by workbook_year desc) as recency,
        status in ('cancelled_by_client', 'lost', 'refused') as is_lost
    from {{ raw('group_files') }}
)

select
    office,
    file_number,
    file_kind,
    status,
    coalesce(visit_on, requested_on) as local_date,
    visit_on is null as is_day_missing,
    case when is_lost then coalesce(cancelled_on, requested_on) end as lost_on,
    case
        when not is_lost then null
        when loss_reason is not null then loss_reason
        when status = 'cancelled_by_client' then 'cancelled_by_client'
        else 'unknown'
    end as loss_reason,
    actual_count,
    amount_eur,
    net_eur,
    satisfaction_score
from latest
where recency = 1
