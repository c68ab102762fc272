-- Who was welcomed, by month: one row a desk, channel, profile and party.
select
    office,
    site,
    cast(date_trunc('month', local_date) as date) as month_start,
    channel,
    profile,
    party,
    count(*) as contact_count,
    -- A tool that does not ask for persons gives none, which is not 0.
    cast(sum(persons_count) as bigint) as persons_count,
    count(case when persons_count is null then 1 end) as unsized_count
from {{ ref('contact') }}
group by office, site, date_trunc('month', local_date), channel, profile, party
