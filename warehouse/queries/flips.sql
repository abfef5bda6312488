-- which questions changed between the baseline and the last compared run? lost ones first
with
newest as (
    select decision.run_id
    from decision
    where decision.baseline_run_id is not null and coalesce(decision.profile = getvariable('profile'), true)
    order by decision.created_at desc
    limit 1
)

select
    flip_detail.direction,
    flip_detail.dataset,
    flip_detail.system,
    left(regexp_replace(flip_detail.question, '\s+', ' ', 'g'), 80) as question,
    flip_detail.ground_truth,
    flip_detail.before,
    flip_detail.after,
    flip_detail.model_before,
    flip_detail.model_after,
    flip_detail.question_id
from flip_detail
where flip_detail.run_id in (select newest.run_id from newest)
order by flip_detail.direction desc, flip_detail.dataset asc, flip_detail.question_id asc;
