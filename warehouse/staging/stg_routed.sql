-- one row per (run, system, operating point, question) of each run's newest routing; `point` is empty at the own point
create or replace view stg_routed as
with newest as (
    select
        run_id,
        position,
        system,
        point,
        policy_id
    from run_policy
    qualify created_at = max(created_at) over (partition by run_id)
)

select
    newest.run_id,
    newest.position,
    newest.system,
    newest.point,
    policy.snapshot_id,
    policy.split_id,
    policy.missing,
    route.question_id,
    route.model,
    route.asked
from newest
inner join policy on newest.policy_id = policy.policy_id
inner join route on newest.policy_id = route.policy_id and newest.point = coalesce(route.point, '');
