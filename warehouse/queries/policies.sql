-- which fitted routers are kept, and what did each get on the test part of its split, at its own operating point?
select
    policy.policy_id,
    any_value(system.name) as router,
    any_value(run.profile) as profile,
    policy.seed,
    count(distinct route.question_id) as n_question,
    round(100 * avg(stg_judged.score), 1) as accuracy_percent,
    round(policy.fit_s, 2) as fit_s,
    policy.options,
    policy.created_at
from policy
inner join run_policy on policy.policy_id = run_policy.policy_id and run_policy.point = ''
inner join run on run_policy.run_id = run.run_id
inner join system on run_policy.run_id = system.run_id and run_policy.system = system.system and system.kind = 'router'
inner join route on policy.policy_id = route.policy_id and coalesce(route.point, '') = ''
left join stg_judged on route.question_id = stg_judged.question_id and route.model = stg_judged.model
group by policy.policy_id, policy.seed, policy.fit_s, policy.options, policy.created_at
order by policy.created_at desc, any_value(system.name) asc, policy.seed asc;
