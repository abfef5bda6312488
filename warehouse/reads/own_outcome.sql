-- one row per (system, question) of the run $run: its mean score and cost over the seeds that tested the question
select
    outcome.system,
    outcome.question_id,
    outcome.score,
    outcome.cost_usd
from outcome
where outcome.run_id = $run
order by outcome.system, outcome.question_id;
