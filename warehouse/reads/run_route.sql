-- one row per (policy, operating point, question) of the newest routing of the run $run, in the order of its systems
select
    run_policy.position,
    run_policy.system,
    system.kind,
    system.name,
    run_policy.point,
    policy.snapshot_id,
    policy.split_id,
    policy.missing,
    route.question_id,
    route.model,
    route.asked
from run_policy
inner join policy on run_policy.policy_id = policy.policy_id
inner join route on run_policy.policy_id = route.policy_id and run_policy.point = coalesce(route.point, '')
left join system on run_policy.run_id = system.run_id and run_policy.system = system.system
where
    run_policy.run_id = $run
    and run_policy.created_at = (
        select max(newest.created_at)
        from run_policy as newest
        where newest.run_id = $run
    )
order by run_policy.position, policy.split_id, route.question_id;
