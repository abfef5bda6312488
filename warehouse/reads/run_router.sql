-- one row per system of the newest routing of the run $run: the plug-in or null baseline that it is, and its options
with
newest as (
    select
        system,
        policy_id
    from run_policy
    where run_id = $run
    qualify created_at = max(created_at) over ()
)

select distinct
    newest.system,
    policy.router,
    policy.options
from newest
inner join policy on newest.policy_id = policy.policy_id
order by newest.system;
