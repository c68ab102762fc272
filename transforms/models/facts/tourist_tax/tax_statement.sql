-- Statements of digital operators, every delivery of them, and which of them count.

with statement as (
    select
        line.office,
        line.statement_operator,
        line.delivery_id,
        line.statement_start,
        line.statement_end,
        load.file,
        count(*) as line_count,
        count(line.municipality_code) as located_count
    from {{ raw('tax_operator_statements') }} as line
    inner join {{ source('quality', 'load') }} as load on line.delivery_id = load.delivery_id
    group by
        line.office, line.statement_operator, line.delivery_id, line.statement_start, line.statement_end, load.file
),

commune as (
    select distinct office, statement_operator, delivery_id, municipality_code
    from {{ raw('tax_operator_statements') }}
    where municipality_code is not null
),

sharing as (
    select distinct earlier.office, earlier.statement_operator, earlier.delivery_id, later.delivery_id as later_id
    from commune as earlier
    inner join commune as later
        on
            earlier.office = later.office
            and earlier.statement_operator = later.statement_operator
            and earlier.municipality_code = later.municipality_code
            and earlier.delivery_id < later.delivery_id
),

-- Two deliveries that may state the same stays.
pair as (
    select
        earlier.office,
        earlier.statement_operator,
        earlier.delivery_id,
        earlier.statement_start,
        earlier.statement_end,
        later.delivery_id as later_id,
        later.file as later_file,
        lower(earlier.file) = lower(later.file)
        or (later.statement_start <= earlier.statement_start and later.statement_end >= earlier.statement_end)
            as is_covered
    from statement as earlier
    inner join statement as later
        on
            earlier.office = later.office
            and earlier.statement_operator = later.statement_operator
            and earlier.delivery_id < later.delivery_id
            and earlier.statement_start <= later.statement_end
            and earlier.statement_end >= later.statement_start
    left join sharing
        on
            earlier.office = sharing.office
            and earlier.statement_operator = sharing.statement_operator
            and earlier.delivery_id = sharing.delivery_id
            and later.delivery_id = sharing.later_id
    left join {{ source('settings', 'digital_operator') }} as operator
        on earlier.office = operator.office and earlier.statement_operator = operator.operator
    where
        lower(earlier.file) = lower(later.file)
        or (
            coalesce(operator.statements, 'whole') = 'whole'
            and (sharing.later_id is not null or earlier.located_count = 0 or later.located_count = 0)
        )
),

overlapping as (
    select distinct office, statement_operator, later_id
    from pair
    where not is_covered
),

superseded as (
    select
        pair.office,
        pair.statement_operator,
        pair.delivery_id,
        pair.statement_start,
        pair.statement_end,
        max(pair.later_id) as superseded_by
    from pair
    left join overlapping
        on
            pair.office = overlapping.office
            and pair.statement_operator = overlapping.statement_operator
            and pair.later_id = overlapping.later_id
    where pair.is_covered and overlapping.later_id is null
    group by pair.office, pair.statement_operator, pair.delivery_id, pair.statement_start, pair.statement_end
)

select
    statement.office,
    statement.statement_operator,
    statement.delivery_id,
    statement.file,
    statement.statement_start,
    statement.statement_end,
    statement.line_count,
    case
        when superseded.superseded_by is not null then 'superseded'
        when overlapping.later_id is not null then 'overlapping'
        else 'in_force'
    end as status,
    superseded.superseded_by
from statement
left join superseded
    on
        statement.office = superseded.office
        and statement.statement_operator = superseded.statement_operator
        and statement.delivery_id = superseded.delivery_id
        and statement.statement_start = superseded.statement_start
        and statement.statement_end = superseded.statement_end
left join overlapping
    on
        statement.office = overlapping.office
        and statement.statement_operator = overlapping.statement_operator
        and statement.delivery_id = overlapping.later_id
