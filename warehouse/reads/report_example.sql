-- one row per example: the $each hardest right answers of preset $preset in run $run and $each easiest wrong ones, by
-- what the models of its pool get alone; scores of mode $score_mode, or the next
with
answer as (
    select
        stg_current.question_id,
        stg_current.model,
        avg(score_by($score_mode, stg_current.score, stg_current.compat_score, stg_current.recorded_score)) as score
    from stg_current
    group by stg_current.question_id, stg_current.model
),

alone as (
    select
        collaboration.collaboration_id,
        count(answer.score) as n_model,
        count(*) filter (where answer.score >= 0.5) as n_model_right
    from collaboration
    inner join answer
        on
            collaboration.question_id = answer.question_id
            and list_contains(json_extract_string(collaboration.prior, '$[*].model'), answer.model)
    where collaboration.run_id = $run and collaboration.preset = $preset
    group by collaboration.collaboration_id
),

answered as (
    select
        collaboration.*,
        coalesce(alone.n_model, 0) as n_model,
        coalesce(alone.n_model_right, 0) as n_model_right,
        coalesce(alone.n_model_right / nullif(alone.n_model, 0), 0.5) as share_right,
        question.dataset,
        question.text as question,
        question.ground_truth,
        coalesce(collaboration.score >= 0.5, false) as is_right
    from collaboration
    inner join question on collaboration.question_id = question.question_id
    left join alone on collaboration.collaboration_id = alone.collaboration_id
    where collaboration.run_id = $run and collaboration.preset = $preset and collaboration.score is not null
    qualify row_number() over (partition by collaboration.question_id order by collaboration.split_id) = 1
),

spread as (
    select
        answered.*,
        row_number() over (
            partition by answered.is_right, answered.dataset
            order by
                if(answered.is_right, answered.share_right, 1 - answered.share_right),
                md5(answered.question_id)
        ) as place_in_dataset
    from answered
),

ranked as (
    select
        spread.*,
        row_number() over (
            partition by spread.is_right
            order by
                spread.place_in_dataset,
                if(spread.is_right, spread.share_right, 1 - spread.share_right),
                md5(spread.question_id)
        ) as place
    from spread
)

select
    ranked.*,
    (
        select any_value(response.text)
        from response
        where response.response_id = ranked.response_id
    ) as text
from ranked
where ranked.place <= $each
order by ranked.is_right desc, ranked.place asc;
