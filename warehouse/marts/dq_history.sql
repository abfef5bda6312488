-- one row per (run, gate, table, expectation): what was checked, and whether it held the time before
create or replace view dq_history as
select
    dq_result.run_id,
    run.profile,
    dq_result.gate,
    dq_result.table_name,
    dq_result.expectation,
    dq_result.severity,
    dq_result.success,
    lag(dq_result.success) over (
        partition by run.profile, dq_result.gate, dq_result.table_name, dq_result.expectation
        order by dq_result.checked_at
    ) as success_before, -- in the profile's previous run; null in its first
    dq_result.n_checked,
    dq_result.n_unexpected,
    dq_result.n_unexpected / nullif(dq_result.n_checked, 0) as unexpected_share,
    dq_result.observed,
    dq_result.checked_at
from dq_result
left join run on dq_result.run_id = run.run_id;
