-- one row per (system, split, question) of the newest routing of the run $run: whose answer stood at the own point
select
    run_policy.system,
    policy.split_id,
    route.question_id,
    route.model
from run_policy
inner join policy on run_policy.policy_id = policy.policy_id
inner join route on run_policy.policy_id = route.policy_id and run_policy.point = coalesce(route.point, '')
where
    run_policy.run_id = $run
    and run_policy.point = ''
    and run_policy.created_at = (
        select max(newest.created_at)
        from run_policy as newest
        where newest.run_id = $run
    )
order by run_policy.position, policy.split_id, route.question_id;
