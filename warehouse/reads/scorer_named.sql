-- one row per scorer that the datasets $datasets name
select distinct dataset.scorer
from dataset
where
    dataset.scorer is not null
    and exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where dataset.dataset glob wanted.pattern
    )
order by dataset.scorer;
