-- one row per seed that the profile $profile was last routed with: its snapshot and its split
select distinct
    policy.snapshot_id,
    policy.split_id,
    policy.seed
from run_policy
inner join run on run_policy.run_id = run.run_id
inner join policy on run_policy.policy_id = policy.policy_id
where run.profile = $profile
qualify run_policy.created_at = max(run_policy.created_at) over ()
order by policy.seed;
