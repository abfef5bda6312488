-- one row per label of the datasets that is out of bounds, and one per value for all others
select
    case
        when not coalesce(label.label between 0 and 1, label.label is null)
            then label.question_id || ' ' || label.model || ' ' || label.provenance
    end as row_key,
    label.label,
    count(*) as n_row
from label
inner join question on label.question_id = question.question_id
where
    exists (
        select 1
        from unnest($datasets) as wanted (pattern)
        where
            question.dataset glob wanted.pattern
            or (
                contains(wanted.pattern, '/')
                and concat_ws('/', question.dataset, question.variant) glob wanted.pattern
            )
    )
group by all;
