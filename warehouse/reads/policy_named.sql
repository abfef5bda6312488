-- one row per fitted policy whose id begins with $wanted, or whose router is called that (in a run of $profile, null:
-- any): newest first, then by seed
with
found as (
    select
        policy.policy_id,
        policy.seed,
        coalesce(run_policy.created_at, policy.created_at) as used_at,
        coalesce(system.name = $wanted and coalesce(run.profile = $profile, true), false) as is_named
    from policy
    left join run_policy on policy.policy_id = run_policy.policy_id
    left join run on run_policy.run_id = run.run_id
    left join system
        on run_policy.run_id = system.run_id and run_policy.system = system.system and system.kind = 'router'
    where policy.embedder is not null
)

select
    found.policy_id,
    bool_or(found.is_named) as is_named
from found
where found.is_named or (length($wanted) >= 6 and starts_with(found.policy_id, $wanted))
group by found.policy_id, found.seed
order by max(found.used_at) desc, found.seed asc;
