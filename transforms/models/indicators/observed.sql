{{ config(schema='staging', materialized='view') }}
-- Every indicator at the finest period at which its source knows it.
{{ whole_of('observed_', [
    'office', 'indicator', 'site', 'dimension', 'period_kind', 'period_start', 'measured_value',
    'estimated_value', 'expected_weight', 'observed_weight', 'warning', 'key'
]) }}
