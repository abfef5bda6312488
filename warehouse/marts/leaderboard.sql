-- one row per (run, system, dataset) of each run's last evaluation; dataset '*' is the macro average over datasets
create or replace view leaderboard as
select
    metric.run_id,
    run.profile,
    metric.system,
    any_value(system.kind) as kind, -- baseline, model, router, preset or imported
    any_value(system.name) as name, -- of the baseline, model, router or preset
    any_value(system.variant) as variant, -- how it had to run, such as select
    any_value(system.point) as point, -- operating point; empty: its own
    coalesce(
        any_value(
            system.point = '' and system.kind <> 'model' and (system.kind <> 'baseline' or system.variant = '')
        ),
        true
    ) as compared, -- with the others; false: a further operating point, a model alone, an oracle otherwise reckoned
    metric.dataset,
    max(metric.value) filter (where metric.metric = 'accuracy') as accuracy, -- fraction in [0, 1]
    max(metric.ci_low) filter (where metric.metric = 'accuracy') as ci_low, -- of the 95 % interval
    max(metric.ci_high) filter (where metric.metric = 'accuracy') as ci_high,
    max(metric.spread) filter (where metric.metric = 'accuracy') as spread, -- standard deviation over seeds
    max(metric.n) filter (where metric.metric = 'accuracy') as n_question,
    any_value(evaluation.n_question) as n_compared, -- test questions of the run that systems are compared on
    any_value(evaluation.n_expected) as n_expected, -- test questions of the profile's datasets
    any_value(evaluation.missing) as missing, -- the rule for missing answers
    max(metric.value) filter (where metric.metric = 'calls') as n_call, -- for these questions, mean over seeds
    max(metric.value) filter (where metric.metric = 'cost_usd') as cost_usd, -- of n_cost questions
    max(metric.n) filter (where metric.metric = 'cost_usd') as n_cost, -- questions whose cost is known
    max(metric.value) filter (where metric.metric = 'gain_at_random') as gain_at_random,
    max(metric.value) filter (where metric.metric = 'gain_at_best') as gain_at_best,
    max(metric.value) filter (where metric.metric = 'gap_at_oracle') as gap_at_oracle,
    max(metric.value) filter (where metric.metric = 'gap_closed') as gap_closed, -- best single model 0, oracle 1
    max(metric.value) filter (where metric.metric = 'brier') as brier, -- null where no probability is stated
    max(metric.value) filter (where metric.metric = 'calibration_error') as calibration_error,
    max(metric.n) filter (where metric.metric = 'brier') as n_stated, -- questions behind these two
    any_value(metric.snapshot_id) as snapshot_id,
    any_value(metric.pool) as pool,
    any_value(metric.price_date) as price_date,
    any_value(metric.code_version) as code_version,
    any_value(metric.embedder) as embedder,
    any_value(metric.seeds) as seeds,
    bool_or(metric.synthetic) as synthetic,
    any_value(stg_evaluation.recency) as recency, -- 1: the run that was evaluated last
    any_value(stg_evaluation.evaluated_at) as evaluated_at
from metric
inner join stg_evaluation
    on metric.run_id = stg_evaluation.run_id and metric.created_at = stg_evaluation.evaluated_at
left join evaluation
    on metric.run_id = evaluation.run_id and metric.created_at = evaluation.created_at
left join system
    on metric.run_id = system.run_id and metric.system = system.system
left join run on metric.run_id = run.run_id
where metric.system <> '*' -- what is of all systems has no line among them
group by metric.run_id, run.profile, metric.system, metric.dataset;
