-- one row per scorer that the datasets $datasets name
select distinct named.scorer
from (
    select
        dataset.dataset,
        dataset.variant,
        unnest(list_prepend(dataset.scorer, coalesce(dataset.also_scorers, []))) as scorer
    from dataset
) as named
where
    named.scorer is not null
    and in_datasets(named.dataset, named.variant, $datasets)
order by named.scorer;
