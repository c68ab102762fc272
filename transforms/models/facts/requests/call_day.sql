-- Calls of the office's telephone by local day, and those that nobody answered.
select
    office,
    local_date,
    cast(count(*) as bigint) as call_count,
    cast(count(case when not is_answered then 1 end) as bigint) as unanswered_count
from {{ raw('calls') }}
group by office, local_date
