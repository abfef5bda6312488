-- one row per collaboration of the run $run that chose a model without a finite prior, and one for all others
with
estimated as (
    select
        collaboration.collaboration_id,
        list_bool_and(
            list_transform(
                from_json(collaboration.prior, '[{"score": "double", "chosen": "boolean"}]'),
                lambda x: not x.chosen or coalesce(isfinite(x.score), false)
            )
        ) as is_finite
    from collaboration
    where collaboration.run_id = $run and json_array_length(collaboration.prior) > 0
)

select
    case when not is_finite then collaboration_id end as row_key,
    is_finite,
    count(*) as n_row
from estimated
group by all;
