{{ config(schema='staging') }}
-- Parties with the local hour, and what is counted of them. Never published: a row is one party.
select
    contact.office,
    contact.site,
    contact.local_date,
    hours.local_hour,
    contact.channel,
    coalesce(contact.channel in ('desk', 'outside'), false) as is_face_to_face,
    coalesce(contact.profile, 'unknown') as profile,
    case
        when contact.party in ('friends', 'organised_group') then 'group'
        else coalesce(contact.party, 'unknown')
    end as party,
    contact.persons_count,
    coalesce(contact.country_code, 'unknown') as country_code,
    -- Only of parties from France: another country's visitors have none.
    case when contact.country_code = 'FR' then coalesce(contact.department_code, 'unknown') end as department_code,
    contact.themes,
    contact.second_theme,
    contact.third_theme,
    -- A cell of themes holds one or more of them.
    coalesce(length(contact.themes) - length(replace(contact.themes, ',', '')) + 1, 0)
    + case when contact.second_theme is null then 0 else 1 end
    + case when contact.third_theme is null then 0 else 1 end as request_count
from {{ raw('contacts') }} as contact
{{ join_local_hour('hours', 'contact.office', 'contact.contacted_at') }}
