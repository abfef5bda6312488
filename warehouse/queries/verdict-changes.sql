-- which verdicts change between two score modes? one row per pair of scorers, model and cause, with an example
select
    verdict_change.model, -- first, as a narrow terminal repeats the first column
    verdict_change.cause,
    count(*) as n_answer,
    verdict_change.mode,
    verdict_change.other_mode,
    verdict_change.scorer,
    verdict_change.other_scorer,
    count(*) filter (where verdict_change.score > coalesce(verdict_change.other_score, 0)) as n_better_first,
    count(*) filter (where verdict_change.other_score > coalesce(verdict_change.score, 0)) as n_better_other,
    arg_min(verdict_change.extracted, verdict_change.response_id) as example_extracted,
    arg_min(verdict_change.other_extracted, verdict_change.response_id) as example_other_extracted,
    arg_min(verdict_change.ground_truth, verdict_change.response_id) as example_truth,
    min(verdict_change.response_id) as example_response_id
from verdict_change
group by
    verdict_change.mode,
    verdict_change.other_mode,
    verdict_change.scorer,
    verdict_change.other_scorer,
    verdict_change.model,
    verdict_change.cause
order by
    verdict_change.mode asc,
    verdict_change.other_mode asc,
    n_answer desc,
    verdict_change.scorer asc,
    verdict_change.model asc,
    verdict_change.cause asc;
