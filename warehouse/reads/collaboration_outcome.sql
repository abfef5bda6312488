-- one row per collaborative answer of the run $run; a model's own answer is scored by mode $score_mode, or the next
with
own_answer as (
    select
        stg_answer.response_id,
        any_value(coalesce(stg_verdict.score, stg_answer.score)) as score
    from stg_answer
    left join stg_verdict on stg_answer.response_id = stg_verdict.response_id and stg_verdict.mode = $score_mode
    group by stg_answer.response_id
)

select
    collaboration.collaboration_id,
    collaboration.preset,
    coalesce(system.name, collaboration.preset) as name,
    coalesce(system.point, '') as point,
    collaboration.split_id,
    collaboration.question_id,
    question.dataset,
    collaboration.response_id,
    collaboration.answer,
    collaboration.probability,
    collaboration.n_call,
    collaboration.n_call_saved,
    collaboration.cost_usd,
    collaboration.stopped_early,
    coalesce(own_answer.score, collaboration.score) as score
from collaboration
left join question on collaboration.question_id = question.question_id
left join system on collaboration.run_id = system.run_id and collaboration.preset = system.system
left join own_answer on collaboration.response_id = own_answer.response_id
where collaboration.run_id = $run;
