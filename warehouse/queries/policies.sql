-- which fitted routers are kept, and what did each get on the test part of its split, at its own operating point? macro
with
tested as (
    select
        route.policy_id,
        question.dataset,
        count(distinct route.question_id) as n_question,
        avg(route.score) as accuracy
    from route
    inner join question on route.question_id = question.question_id
    where coalesce(route.point, '') = ''
    group by route.policy_id, question.dataset
),

found as (
    select
        tested.policy_id,
        sum(tested.n_question)::bigint as n_question,
        round(100 * avg(tested.accuracy), 1) as accuracy_percent
    from tested
    group by tested.policy_id
)

select
    policy.policy_id,
    any_value(system.name) as router,
    any_value(run.profile) as profile,
    policy.seed,
    any_value(found.n_question) as n_question,
    any_value(found.accuracy_percent) as accuracy_percent,
    round(policy.fit_s, 2) as fit_s,
    policy.options,
    policy.created_at
from policy
inner join run_policy on policy.policy_id = run_policy.policy_id and run_policy.point = ''
inner join run on run_policy.run_id = run.run_id
inner join system on run_policy.run_id = system.run_id and run_policy.system = system.system and system.kind = 'router'
inner join found on policy.policy_id = found.policy_id
where coalesce(run.profile = getvariable('profile'), true)
group by policy.policy_id, policy.seed, policy.fit_s, policy.options, policy.created_at
order by policy.created_at desc, any_value(system.name) asc, policy.seed asc;
