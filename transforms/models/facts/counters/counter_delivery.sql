-- How the files of each counter come, as the office file says, in working days from one to the next.

select
    office,
    counter,
    files,
    delivered,
    cast(
        case delivered
            when 'daily' then 1
            when 'weekly' then 5
            when 'monthly' then 22
            when 'yearly' then 253
        end as bigint
    ) as working_days
from {{ source('settings', 'counter') }}
