-- Labels and classifications with the day on which somebody should begin to renew them: six months before a
-- classification lapses, twelve before a brand. One that was renewed gave way to a later one of its kind.
with label as (
    select
        *,
        case
            when label = 'classification' then due_on - interval '6' month
            else due_on - interval '12' month
        end as notice_at,
        row_number() over (
            partition by office, partner_id, label order by coalesce(due_on, obtained_on) desc nulls last, level
        ) as recency
    from {{ raw('partner_labels') }}
)

select
    office,
    partner_id,
    label,
    label_status,
    obtained_on as obtained_date,
    due_on as due_date,
    cast(notice_at as date) as notice_date,
    label_status = 'held' and recency = 1 as is_current
from label
