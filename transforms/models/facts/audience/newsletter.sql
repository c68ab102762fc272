-- What became of each newsletter, on the day on which its sending began.
select
    office,
    campaign_id,
    min(sent_on) as local_date,
    count(*) as message_count,
    count(case when not (is_blocked or is_soft_bounce or is_hard_bounce) then 1 end) as delivered_count,
    count(case when is_opened then 1 end) as opened_count,
    count(case when is_clicked then 1 end) as clicked_count,
    count(case when is_unsubscribed then 1 end) as unsubscribed_count
from {{ raw('newsletter_messages') }}
group by office, campaign_id
