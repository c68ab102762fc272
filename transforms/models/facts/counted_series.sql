-- Every series of counts that is watched, hour by hour, open hours without a row included.
{{ whole_of('series_', [
    'office', 'subject', 'subject_kind', 'site', 'utc_hour', 'local_date', 'local_hour', 'slot_minutes',
    'open_minutes', 'observed_count', 'entry_count', 'exit_count'
]) }}
