-- how did the closest calls of the last evaluated run come about? every candidate of its 3 most disputed right answers
with
disputed as (
    select
        explanation.collaboration_id,
        count(distinct explanation.extracted) as n_answer,
        max(explanation.posterior) - quantile_cont(explanation.posterior, 0.5) as lead_over_median
    from explanation
    inner join stg_evaluation
        on
            explanation.run_id = stg_evaluation.run_id
            and stg_evaluation.recency = coalesce(getvariable('recency'), 1)
    where explanation.score >= 0.5
    group by explanation.collaboration_id
    order by n_answer desc, lead_over_median asc, explanation.collaboration_id asc
    limit 3
)

select
    explanation.preset,
    explanation.dataset,
    left(regexp_replace(explanation.question, '\s+', ' ', 'g'), 80) as question,
    left(regexp_replace(explanation.ground_truth, '\s+', ' ', 'g'), 40) as ground_truth,
    explanation.candidate_index,
    explanation.model,
    left(explanation.extracted, 40) as extracted,
    explanation.chosen,
    round(explanation.model_prior, 3) as model_prior,
    round(explanation.agreement, 3) as agreement,
    round(explanation.similarity, 3) as similarity,
    round(explanation.confidence, 3) as confidence,
    round(explanation.posterior, 3) as posterior,
    explanation.n_call,
    explanation.cost_usd,
    explanation.collaboration_id
from explanation
where explanation.collaboration_id in (select disputed.collaboration_id from disputed)
order by
    explanation.collaboration_id asc,
    explanation.posterior desc nulls last,
    explanation.candidate_index asc;
