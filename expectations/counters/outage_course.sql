-- What each outage had cost when it was detected, and at the end of each of its days since: running sums.
with two_way as (
    select office, subject
    from marts.counted_series
    where office = $office
    group by office, subject
    having count(entry_count) > 0 and count(exit_count) > 0
),

-- Joined by month, so that rows are not compared with outages of other years.
spanned as (
    select
        *,
        unnest(generate_series(
            date_trunc('month', onset_at), coalesce(ended_at, $as_of), interval 1 month)) as month_start
    from quality.outage
    where office = $office
),

-- How long each series' place is open on a day, hours to come included: what is said of an instant stays.
opening as (
    select site, local_date, sum(open_minutes) as open_minutes
    from settings.opening_hour
    where office = $office
    group by site, local_date
),

day as (
    select
        counted.subject,
        counted.local_date,
        greatest(sum(counted.open_minutes), any_value(opening.open_minutes))::double as open_minutes
    from marts.counted_series as counted
    left join opening on counted.site = opening.site and counted.local_date = opening.local_date
    where counted.office = $office and counted.subject in (select subject from spanned)
    group by counted.subject, counted.local_date
),

slot as (
    select
        outage.*,
        counted.utc_hour < outage.detected_at as is_before,
        counted.local_date,
        greatest(counted.utc_hour + to_minutes(counted.slot_minutes::bigint), outage.detected_at) as known_at,
        counted.open_minutes,
        -- What one direction should have counted, the other one tells.
        case outage.direction
            when 'in' then counted.exit_count
            when 'out' then counted.entry_count
            else if(outage.fault in ('half', 'doubled', 'step', 'drift'),
                    expected.seasonal_count, expected.expected_count)
        end as should_be,
        case outage.direction
            when 'in' then counted.entry_count
            when 'out' then counted.exit_count
            else counted.observed_count
        end as was
    from spanned as outage
    inner join marts.counted_series as counted
        on outage.office = counted.office and outage.subject = counted.subject
        and outage.month_start = date_trunc('month', counted.utc_hour)
        and counted.utc_hour >= outage.onset_at
        and counted.utc_hour < coalesce(outage.ended_at, $as_of)
        and counted.utc_hour + to_minutes(counted.slot_minutes::bigint) <= $as_of
    inner join quality.expected_count as expected
        on counted.office = expected.office and counted.subject = expected.subject
        and counted.utc_hour = expected.utc_hour
    where counted.open_minutes > 0
),

-- A kiosk that takes nothing loses what it usually takes.
takings as (
    select outage.subject, outage.onset_at, sum(payment.amount_eur) / sum(payment.payment_count) as mean_eur
    from quality.outage as outage
    inner join marts.motorhome_payment_day as payment
        on outage.office = payment.office and outage.subject = 'kiosk:' || payment.site
        and payment.local_date between (outage.onset_at - interval 90 day)::date and outage.onset_at::date
    where outage.office = $office and payment.payment_kind = 'sale'
    group by outage.subject, outage.onset_at
),

bucket as (
    select
        slot.office, slot.subject, slot.fault, slot.onset_at, slot.detected_at,
        if(is_before, null, slot.local_date) as local_date,
        max(known_at) as known_at,
        sum(slot.open_minutes::decimal(18, 6)) / 60 as open_hours,
        -- An open day of which a part is at fault counts for that part.
        sum((slot.open_minutes / day.open_minutes)::decimal(18, 6)) as open_days,
        coalesce(sum(should_be::decimal(18, 6)), 0) as expected_count,
        coalesce(sum(was::decimal(18, 6)), 0) as counted_count,
        any_value(case
            when slot.direction = 'out' then 0
            when slot.direction is null and two_way.subject is not null then 0.5
            else 1
        end) as entry_share
    from slot
    inner join day on slot.subject = day.subject and slot.local_date = day.local_date
    left join two_way on slot.office = two_way.office and slot.subject = two_way.subject
    group by all
),

so_far as (
    select
        bucket.*,
        sum(open_hours) over since as hours_so_far,
        sum(open_days) over since as days_so_far,
        sum(expected_count) over since as expected_so_far,
        sum(counted_count) over since as counted_so_far
    from bucket
    window since as (
        partition by subject, fault, onset_at, detected_at order by local_date nulls first
        rows unbounded preceding)
)

select
    so_far.office, so_far.subject, so_far.fault, so_far.onset_at, so_far.detected_at, so_far.known_at,
    hours_so_far::double as open_hours, days_so_far::double as open_days,
    expected_so_far::double as expected_count, counted_so_far::double as counted_count,
    -- Of directions that changed places nobody was lost: they were counted the other way.
    if(split_part(so_far.subject, ':', 1) = 'kiosk' or so_far.fault = 'directions_exchanged', null,
       greatest(0, expected_so_far - counted_so_far) * entry_share)::double as lost_visitors,
    (greatest(0, expected_so_far - counted_so_far) * takings.mean_eur)::decimal(18, 2) as lost_eur
from so_far
left join takings on so_far.subject = takings.subject and so_far.onset_at = takings.onset_at
