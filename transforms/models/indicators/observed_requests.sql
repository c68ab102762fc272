{{ config(schema='staging', materialized='view') }}
-- Requests from afar by channel, by the day or, where they were only tallied, by the month.
select
    {{ observation(
        "'requests'", 'request_count', site="'all'", dimension='channel', period_kind='period_kind',
        period_start='period_start', warning="case when is_tally_left_out then 'tally_left_out' end"
    ) }}
from {{ ref('request_counted') }}
union all
select {{ observation("'calls'", 'call_count', site="'all'") }}
from {{ ref('call_day') }}
union all
select {{ observation("'calls_unanswered'", 'unanswered_count', site="'all'") }}
from {{ ref('call_day') }}
