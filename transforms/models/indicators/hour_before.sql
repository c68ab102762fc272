{{ config(schema='staging', materialized='view') }}
-- The same weekday and local hour 364 days before. In the night that has an hour twice, the first of them
-- belongs to the first, and the second to none when that other night has it once.

with hours as (
    select
        office,
        utc_hour,
        local_date,
        local_hour,
        row_number() over (partition by office, local_date, local_hour order by utc_hour) as occurrence
    from {{ source('settings', 'local_hour') }}
)

select this.office, this.utc_hour, previous.utc_hour as previous_utc_hour
from hours as this
inner join hours as previous
    on
        this.office = previous.office
        and cast(this.local_date - interval '364' day as date) = previous.local_date
        and this.local_hour = previous.local_hour
        and this.occurrence = previous.occurrence
