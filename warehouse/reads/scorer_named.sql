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
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where
            named.dataset glob wanted.pattern
            or (contains(wanted.pattern, '/') and concat_ws('/', named.dataset, named.variant) glob wanted.pattern)
    )
order by named.scorer;
