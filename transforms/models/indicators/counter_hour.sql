-- The hours of counted_hour with what the judgement of counters believes of them.

select * from {{ ref('hour_validity') }}
