-- What the account of a year comes to, by section. An account that came in several kinds of files counts once: the
-- official document before the workbook, and of two official ones the one delivered last.
with told as (
    select
        office,
        fiscal_year,
        recorded_in,
        row_number() over (
            partition by office, fiscal_year
            order by case when recorded_in = 'workbook' then 1 else 0 end, max(delivery_id) desc
        ) as choice
    from {{ raw('budget_lines') }}
    where document_kind = 'account'
    group by office, fiscal_year, recorded_in
),

line as (
    select
        lines.office,
        lines.fiscal_year,
        lines.section,
        lines.recorded_in,
        lines.direction = 'receipt' as is_receipt,
        coalesce(lines.article in ('001', '002') or lines.chapter in ('001', '002'), false) as is_carried,
        own.article is not null as is_own,
        reception.article is not null as is_reception,
        -- SCDL: an empty amount of an account is none.
        coalesce(lines.realised_eur, 0) as realised_eur
    from {{ raw('budget_lines') }} as lines
    inner join told
        on
            lines.office = told.office
            and lines.fiscal_year = told.fiscal_year
            and lines.recorded_in = told.recorded_in
            and told.choice = 1
    left join {{ source('settings', 'own_receipt') }} as own
        on lines.office = own.office and left(lines.article, length(own.article)) = own.article
    left join {{ source('settings', 'reception_article') }} as reception
        on lines.office = reception.office and left(lines.article, length(reception.article)) = reception.article
    where
        lines.document_kind = 'account'
        and lines.section in ('operating', 'investment')
        and lines.direction in ('receipt', 'expense')
),

summed as (
    select
        office,
        fiscal_year,
        section,
        max(recorded_in) as recorded_in,
        sum(case when is_receipt and not is_carried then realised_eur else 0 end) as receipts_eur,
        sum(case when not is_receipt and not is_carried then realised_eur else 0 end) as expenses_eur,
        sum(case when is_carried and is_receipt then realised_eur when is_carried then -realised_eur else 0 end)
            as carried_eur,
        sum(case when is_own and is_receipt and section = 'operating' then realised_eur else 0 end)
            as own_receipts_eur,
        sum(case when is_reception and not is_receipt and section = 'operating' then realised_eur else 0 end)
            as reception_eur
    from line
    group by office, fiscal_year, section
)

select
    summed.office,
    summed.fiscal_year,
    summed.section,
    summed.recorded_in,
    cast(summed.receipts_eur as decimal(18, 4)) as receipts_eur,
    cast(summed.expenses_eur as decimal(18, 4)) as expenses_eur,
    cast(summed.carried_eur as decimal(18, 4)) as carried_eur,
    cast(summed.receipts_eur - summed.expenses_eur as decimal(18, 4)) as result_eur,
    -- Without a list of articles in office.yml nothing tells what is the office's own.
    cast(case when listed.office is not null then summed.own_receipts_eur end as decimal(18, 4)) as own_receipts_eur,
    cast(case when spent.office is not null then summed.reception_eur end as decimal(18, 4)) as reception_eur
from summed
left join (select distinct office from {{ source('settings', 'own_receipt') }}) as listed
    on summed.office = listed.office
left join (select distinct office from {{ source('settings', 'reception_article') }}) as spent
    on summed.office = spent.office
