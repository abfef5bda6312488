-- which data-quality expectations failed, and since when? failures of the last 20 runs, newest first
with
recent as (
    select
        dq_history.run_id,
        max(dq_history.checked_at) as checked_at
    from dq_history
    where coalesce(dq_history.profile = getvariable('profile'), true)
    group by dq_history.run_id
    order by max(dq_history.checked_at) desc
    limit 20
)

select
    dq_history.checked_at,
    dq_history.profile,
    dq_history.gate,
    dq_history.table_name,
    dq_history.expectation,
    dq_history.severity,
    dq_history.n_unexpected,
    dq_history.n_checked,
    coalesce(dq_history.success_before, false) as is_new,
    dq_history.observed,
    dq_history.run_id
from dq_history
where not dq_history.success and dq_history.run_id in (select recent.run_id from recent)
order by dq_history.checked_at desc, dq_history.gate asc, dq_history.expectation asc;
