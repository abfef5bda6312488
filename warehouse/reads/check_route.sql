-- one row per (policy of the run $run, point, question) that is not routed as it should be, and one for all others
with
mine as (
    select
        run_policy.policy_id,
        run_policy.point,
        policy.split_id
    from run_policy
    inner join policy on run_policy.policy_id = policy.policy_id
    where run_policy.run_id = $run
    qualify run_policy.created_at = max(run_policy.created_at) over ()
),

tested as (
    select
        mine.policy_id,
        mine.point,
        split.question_id,
        (split.part = 'test')::integer as n_expected
    from mine
    inner join split on mine.split_id = split.split_id
    where split.question_id in (select outcome.question_id from outcome where outcome.run_id = $run)
),

routed as (
    select
        route.policy_id,
        coalesce(route.point, '') as point,
        route.question_id,
        count(*) as n_route
    from route
    where route.policy_id in (select mine.policy_id from mine)
    group by all
),

compared as (
    select
        concat_ws(' ', tested.policy_id, nullif(tested.point, ''), tested.question_id) as row_key,
        coalesce(routed.n_route, 0) - tested.n_expected as surplus
    from tested
    left join routed
        on
            tested.policy_id = routed.policy_id
            and tested.point = routed.point
            and tested.question_id = routed.question_id
)

select
    case when surplus <> 0 then row_key end as row_key,
    surplus,
    count(*) as n_row
from compared
group by all;
