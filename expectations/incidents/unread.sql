-- Files that came and were not read, or of which many rows were not. $handful rows are ordinary in any file.
with named as (
    select *, {family} as file_family
    from quality.load
    where office = $office and status in ('loaded', 'refused')
),

judged as (
    select
        named.*,
        limits.fewest = 0 and named.rows_quarantined <= $handful as may_be_empty,
        case
            when named.status = 'refused' then 'refused'
            when named.rows_quarantined = 0 then null
            when named.rows_loaded + named.rows_duplicate = 0 then 'wholly'
            when named.rows_quarantined > limits.most_quarantined * named.rows_read then 'mostly'
            when named.rows_quarantined > limits.many_quarantined * named.rows_read
                and named.rows_quarantined > $handful then 'partly'
        end as extent
    from named
    left join limits on named.source = limits.source and named.kind = limits.kind
),

-- What most of a file's rows in quarantine broke, and the first of them.
counted as (
    select
        delivery_id, "column", rule, count(*) as rule_rows, min(line) as first_line,
        coalesce(arg_min(reason, line), min(reason)) as reason
    from quality.quarantined_row
    where office = $office
    group by delivery_id, "column", rule
),

broken as (
    select * from counted
    qualify row_number() over (partition by delivery_id order by rule_rows desc, first_line, rule) = 1
)

select
    judged.office, judged.source, judged.file_family, judged.kind, judged.file, judged.delivery_id,
    judged.received_at, []::varchar[] as subjects, judged.extent,
    judged.extent <> 'refused' and not coalesce(judged.may_be_empty, false) as is_told,
    judged.rows_read, judged.rows_quarantined,
    broken."column", broken.rule, broken.rule_rows, broken.first_line as line,
    coalesce(broken.reason, judged.message) as reason,
    (
        select min(healthy.received_at) from judged as healthy
        where healthy.file_family = judged.file_family and healthy.extent is null
            and healthy.delivery_id > judged.delivery_id
    ) as read_again_at
from judged
left join broken on judged.delivery_id = broken.delivery_id
where judged.extent is not null
