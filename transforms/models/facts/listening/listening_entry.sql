{{ config(schema='staging', materialized='view') }}
-- An entry that is still open moves to the next year's workbook with its number; a number of two natures is two.

with latest as (
    select
        *,
        row_number() over (
            partition by office, register, entry_number, nature order by register_year desc
        ) as recency
    from {{ raw('listening_entries') }}
)

select
    office,
    register,
    entry_number,
    entered_on,
    site,
    origin,
    nature,
    theme,
    status,
    due_on,
    case
        when resolved_on is not null then resolved_on
        when status in ('resolved', 'closed_without_action') then entered_on
    end as closed_on,
    reminded_on,
    is_taken_up
from latest
where recency = 1
