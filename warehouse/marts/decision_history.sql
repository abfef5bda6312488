-- one row per nightly decision: verdict, effect, how old the answers were, which models got worse, what it cost
create or replace view decision_history as
with
worse as (
    select
        model_change.run_id,
        string_agg(model_change.model, ', ' order by model_change.difference) as models
    from model_change
    where model_change.p_holm < 0.05 and model_change.difference < 0
    group by model_change.run_id
)

select
    decision.profile,
    decision.created_at as decided_at, -- UTC
    decision.verdict, -- promote, hold, regress, nothing new or refused
    decision.system, -- the profile's judged system
    100 * decision.difference as points, -- change of macro accuracy against the baseline run, percentage points
    100 * decision.ci_low as points_low, -- of the 95 % interval
    100 * decision.ci_high as points_high, -- of the 95 % interval
    decision.p_value, -- of the sign-flip test that decides
    decision.n as n_question,
    decision.n_new, -- answers that are newer than the decision before
    decision.n_reused, -- the other answers of the outcome matrix
    decision.n_failed, -- requests of the night without an answer
    decision.oldest_at, -- when the oldest answer was asked, UTC
    worse.models as worse_models, -- significantly worse on what was asked anew; null: none
    case
        when run_cost.run_id is null then 0
        else run_cost.cost_usd
    end as cost_usd, -- of the night's calls, 0 where it made none; null when none of their costs is known
    coalesce(run_cost.n_call, 0) as n_call,
    decision.reason,
    decision.run_id,
    decision.baseline_run_id,
    row_number() over (partition by decision.profile order by decision.created_at desc) as recency -- 1: the last night
from decision
left join worse on decision.run_id = worse.run_id
left join run_cost on decision.run_id = run_cost.run_id;
