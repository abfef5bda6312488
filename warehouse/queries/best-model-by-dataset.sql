-- which model is best on each dataset, and how far ahead of the second? one row per dataset
with
judged as (
    select
        model_leaderboard.dataset,
        model_leaderboard.model,
        coalesce(model_leaderboard.accuracy_fixed, model_leaderboard.accuracy_recorded) as accuracy,
        model_leaderboard.n_answer
    from model_leaderboard
),

ranked as (
    select
        judged.*,
        row_number() over (partition by judged.dataset order by judged.accuracy desc, judged.model asc) as place,
        lead(judged.model) over (partition by judged.dataset order by judged.accuracy desc, judged.model asc) as second,
        lead(judged.accuracy) over (
            partition by judged.dataset
            order by judged.accuracy desc, judged.model asc
        ) as second_accuracy
    from judged
    where judged.accuracy is not null
)

select
    dataset,
    model,
    round(100 * accuracy, 1) as accuracy_percent,
    n_answer,
    second as second_model,
    round(100 * (accuracy - second_accuracy), 1) as lead_in_points
from ranked
where place = 1
order by dataset;
