-- one row per policy of the time when a policy belonged to one run
insert into run_policy by name
select
    policy.run_id,
    policy.policy_id,
    policy.router as system,
    '' as point,
    policy.cost_weight,
    (dense_rank() over (partition by policy.run_id order by policy.router))::integer - 1 as position,
    max(policy.created_at) over (partition by policy.run_id) as created_at
from policy;
