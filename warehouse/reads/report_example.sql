-- one row per example: $each right and $each wrong answers of the preset $preset in the run $run, spread over datasets
with

answered as (
    select
        collaboration.*,
        question.dataset,
        question.text as question,
        question.ground_truth,
        coalesce(collaboration.score >= 0.5, false) as is_right
    from collaboration
    inner join question on collaboration.question_id = question.question_id
    where collaboration.run_id = $run and collaboration.preset = $preset and collaboration.score is not null
    qualify row_number() over (partition by collaboration.question_id order by collaboration.split_id) = 1
),

spread as (
    select
        answered.*,
        row_number() over (
            partition by answered.is_right, answered.dataset
            order by md5(answered.question_id)
        ) as place_in_dataset
    from answered
),

ranked as (
    select
        spread.*,
        row_number() over (
            partition by spread.is_right
            order by spread.place_in_dataset, md5(spread.question_id)
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
