-- one row per live answer of dataset $dataset without a label by $provenance, the newest first
select
    collaboration.collaboration_id,
    collaboration.question_id,
    collaboration.created_at,
    collaboration.preset,
    question.text as question,
    collaboration.answer
from collaboration
inner join question on collaboration.question_id = question.question_id
where
    question.dataset = $dataset
    and not exists (
        select 1
        from label
        where label.question_id = question.question_id and label.provenance = $provenance
    )
order by collaboration.created_at desc;
