-- one row per (question, model) of $datasets and $models with a label: the mean of its labels, and whose they are
select
    label.question_id,
    label.model,
    avg(label.label) as label,
    string_agg(distinct label.provenance, '+' order by label.provenance) as provenance
from label
inner join question on label.question_id = question.question_id
where
    label.label is not null
    and label.model in (select wanted.model from unnest($models) as wanted (model))
    and in_datasets(question.dataset, question.variant, $datasets)
group by label.question_id, label.model;
