-- one row per fitted policy whose id begins with $wanted, or whose router is called that: newest first, then by seed
select
    policy.policy_id,
    coalesce(bool_or(system.name = $wanted), false) as is_named
from policy
left join run_policy on policy.policy_id = run_policy.policy_id
left join system on run_policy.run_id = system.run_id and run_policy.system = system.system and system.kind = 'router'
where
    policy.embedder is not null
    and (system.name = $wanted or (length($wanted) >= 6 and starts_with(policy.policy_id, $wanted)))
group by policy.policy_id, policy.seed
order by max(coalesce(run_policy.created_at, policy.created_at)) desc, policy.seed asc;
