-- what was asked for and is not shown? one row per thing missing in the last evaluated run
select
    gap.kind,
    gap.name,
    gap.n,
    gap.n_expected,
    gap.reason,
    gap.run_id
from gap
inner join stg_evaluation on gap.run_id = stg_evaluation.run_id and gap.created_at = stg_evaluation.evaluated_at
where stg_evaluation.recency = coalesce(getvariable('recency'), 1)
order by gap.kind asc, gap.name asc;
