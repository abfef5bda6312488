-- one row per question of source $source: what a later file must agree with
select
    question.question_id,
    question.text,
    question.prompt,
    question.ground_truth
from question
inner join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant
where dataset.source = $source;
