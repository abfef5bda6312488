-- what was asked for and is not shown? one row per thing missing in the last evaluated run
with
newest as (
    select
        stg_evaluation.run_id,
        stg_evaluation.evaluated_at
    from stg_evaluation
    left join run on stg_evaluation.run_id = run.run_id
    where coalesce(run.profile = getvariable('profile'), true)
    order by stg_evaluation.recency
    limit 1
)

select
    gap.kind,
    gap.name,
    gap.n,
    gap.n_expected,
    gap.reason,
    gap.run_id
from newest
inner join gap on newest.run_id = gap.run_id and newest.evaluated_at = gap.created_at
order by gap.kind asc, gap.name asc;
