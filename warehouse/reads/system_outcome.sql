-- one row per question of the system $system in the run $run, with whose scores and which rule for missing ones
select
    outcome.question_id,
    outcome.dataset,
    outcome.score,
    outcome.cost_usd,
    outcome.response_id,
    snapshot.verdict,
    evaluation.missing
from outcome
inner join metric
    on
        outcome.run_id = metric.run_id
        and outcome.system = metric.system
        and metric.dataset = '*'
        and metric.metric = 'accuracy'
inner join snapshot on metric.snapshot_id = snapshot.snapshot_id
left join evaluation on outcome.run_id = evaluation.run_id
where outcome.run_id = $run and outcome.system = $system;
