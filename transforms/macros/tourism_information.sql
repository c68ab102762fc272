{#- The rows of a raw table of parts of tourism records that came with the record's own version: parts of an older
   one stay behind in the raw tables. -#}
{%- macro parts_of_records(table) -%}
    select part.*
    from {{ raw(table) }} as part
    inner join {{ raw('tourism_objects') }} as item
        on
            part.office = item.office
            and part.object_id = item.object_id
            and part.delivery_id = item.delivery_id
{%- endmacro -%}
