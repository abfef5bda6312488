-- what was rejected, and why? one row per table, source and reason
select
    quarantine.table_name,
    quarantine.source,
    quarantine.reason,
    count(*) as n_row,
    max(quarantine.quarantined_at) as last_at,
    any_value(quarantine.row_key) as example_key,
    any_value(quarantine.detail) as example_detail
from quarantine
group by quarantine.table_name, quarantine.source, quarantine.reason
order by n_row desc, quarantine.table_name asc, quarantine.reason asc;
