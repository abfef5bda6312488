-- one row per (collaboration, candidate): everything that led to a collaborative answer
create or replace view explanation as
with
estimated as (
    select
        collaboration.collaboration_id,
        unnest(from_json(collaboration.prior, '[{"model": "varchar", "score": "double"}]')) as item
    from collaboration
    where collaboration.prior is not null
),

model_prior as (
    select
        estimated.collaboration_id,
        struct_extract(estimated.item, 'model') as model,
        struct_extract(estimated.item, 'score') as score
    from estimated
)

select
    collaboration.collaboration_id,
    collaboration.run_id,
    collaboration.preset,
    collaboration.split_id,
    collaboration.bank_id,
    collaboration.question_id,
    question.dataset,
    question.text as question,
    question.ground_truth,
    collaboration.answer, -- of the chosen candidate
    collaboration.score, -- of the chosen candidate's response
    collaboration.probability,
    collaboration.n_call,
    collaboration.cost_usd,
    collaboration.stopped_early,
    collaboration.n_neighbour,
    collaboration.neighbours, -- nearest bank questions, as JSON
    collaboration.prior, -- of all models, as JSON
    candidate.candidate_index, -- null when there is no candidate
    candidate.chosen,
    candidate.model,
    candidate.reference_models,
    candidate.extracted,
    model_prior.score as model_prior, -- of the candidate's model; null for aggregates whose model was not asked
    candidate.agreement,
    candidate.similarity,
    candidate.confidence,
    candidate.posterior,
    candidate.response_id,
    collaboration.created_at
from collaboration
left join question on collaboration.question_id = question.question_id
left join candidate on collaboration.collaboration_id = candidate.collaboration_id
left join model_prior
    on collaboration.collaboration_id = model_prior.collaboration_id and candidate.model = model_prior.model;
