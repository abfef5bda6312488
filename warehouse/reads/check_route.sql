-- one row per (policy of the run $run, question) that is not routed as it should be, and one for all others
with
tested as (
    select
        policy.policy_id,
        split.question_id,
        (split.part = 'test')::integer as n_expected
    from policy
    inner join split on policy.split_id = split.split_id
    where
        policy.run_id = $run
        and split.question_id in (select outcome.question_id from outcome where outcome.run_id = $run)
),

routed as (
    select
        route.policy_id,
        route.question_id,
        count(*) as n_route
    from route
    inner join policy on route.policy_id = policy.policy_id
    where policy.run_id = $run
    group by route.policy_id, route.question_id
),

compared as (
    select
        tested.policy_id || ' ' || tested.question_id as row_key,
        coalesce(routed.n_route, 0) - tested.n_expected as surplus
    from tested
    left join routed on tested.policy_id = routed.policy_id and tested.question_id = routed.question_id
)

select
    case when surplus <> 0 then row_key end as row_key,
    surplus,
    count(*) as n_row
from compared
group by all;
