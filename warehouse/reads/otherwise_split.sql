-- one row at most: the newest completed run with the models of run $run and other splitters, and what both split by
with
splits as (
    select
        run_policy.run_id,
        any_value(coalesce(split_spec.kind, 'hash')) as kind
    from run_policy
    inner join policy on run_policy.policy_id = policy.policy_id
    left join split_spec on policy.split_id = split_spec.split_id
    group by run_policy.run_id
),

-- a pool of the same name may have had other models then
models as (
    select
        system.run_id,
        list_sort(list(distinct system.name)) as models
    from system
    where system.kind = 'model'
    group by system.run_id
)

select
    run.run_id,
    run.profile,
    splits.kind,
    own_split.kind as own_kind
from splits
inner join splits as own_split on own_split.run_id = $run
inner join models on splits.run_id = models.run_id
inner join models as own_models on own_split.run_id = own_models.run_id
inner join run on splits.run_id = run.run_id
where
    run.status = 'completed'
    and models.models = own_models.models
    and splits.kind <> own_split.kind
    and (splits.kind like 'leave-%' or own_split.kind like 'leave-%')
order by run.started_at desc, run.run_id desc
limit 1;
