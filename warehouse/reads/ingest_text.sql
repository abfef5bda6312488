-- one row per question of $datasets whose text stays: from another source than $source, or with an answer or a label
select
    question.question_id,
    question.text
from question
inner join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant
where
    in_datasets(question.dataset, question.variant, $datasets)
    and (
        dataset.source <> $source
        or question.question_id in (select response.question_id from response)
        or question.question_id in (select label.question_id from label)
    );
