{{ config(schema='staging', materialized='view') }}
-- What each system of the office recorded, at its own step: one model `activity_<system>` a system.
-- Series that share a machine or a register are one series, else they would confirm each other.
{{ whole_of('activity_', [
    'office', 'series', 'site', 'step', 'period_start', 'exposure', 'value', 'is_complete'
]) }}
