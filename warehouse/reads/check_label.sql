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
    in_datasets(question.dataset, question.variant, $datasets)
group by all;
