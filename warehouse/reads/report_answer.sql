-- one row per collaborative answer of $collaborations, with its question, the text of the chosen candidate, and how
-- many models of its pool are right alone, by scores of mode $score_mode, or the next
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
    where collaboration.collaboration_id in (select wanted.id from unnest($collaborations) as wanted (id))
    group by collaboration.collaboration_id
)

select
    collaboration.*,
    question.dataset,
    question.text as question,
    question.ground_truth,
    coalesce(alone.n_model, 0) as n_model,
    coalesce(alone.n_model_right, 0) as n_model_right,
    (
        select any_value(response.text)
        from response
        where response.response_id = collaboration.response_id
    ) as text
from collaboration
inner join question on collaboration.question_id = question.question_id
left join alone on collaboration.collaboration_id = alone.collaboration_id
where collaboration.collaboration_id in (select wanted.id from unnest($collaborations) as wanted (id))
order by collaboration.collaboration_id;
