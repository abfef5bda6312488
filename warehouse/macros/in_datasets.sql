-- one value: whether any of the globs matches a question's dataset, or (a glob with a slash) its dataset/variant
create or replace temp macro in_datasets(dataset, variant, globs) as exists (
    select 1
    from unnest(globs) as wanted (pattern)
    where
        dataset glob wanted.pattern
        or (contains(wanted.pattern, '/') and concat_ws('/', dataset, variant) glob wanted.pattern)
);
