-- one row per question: a hash of what its verdicts rest on, that is truth, metadata and the scorer's options
create or replace view stg_basis as
select
    question.question_id,
    md5(concat_ws(
        chr(31),
        coalesce(question.ground_truth, chr(30)),
        coalesce(question.metadata::varchar, chr(30)),
        coalesce(dataset.scorer_options::varchar, chr(30))
    )) as basis
from question
inner join dataset on question.dataset = dataset.dataset and question.variant = dataset.variant;
