-- one row per model chosen for a collaborative answer of the run $run, and whether it has an answer to the question
with
listed as (
    select
        collaboration.preset,
        collaboration.split_id,
        collaboration.question_id,
        unnest(from_json(collaboration.prior, '[{"model": "varchar", "chosen": "boolean"}]')) as item
    from collaboration
    where collaboration.run_id = $run and collaboration.prior is not null
),

answered as (
    select distinct
        response.question_id,
        response.model
    from response
    where response.purpose in ('answer', 'reference')
)

select
    listed.preset,
    listed.split_id,
    listed.question_id,
    struct_extract(listed.item, 'model') as model,
    answered.model is not null as has_answer
from listed
left join answered
    on listed.question_id = answered.question_id and struct_extract(listed.item, 'model') = answered.model
where struct_extract(listed.item, 'chosen')
order by all;
