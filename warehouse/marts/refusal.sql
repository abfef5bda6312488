-- one row per (dataset, model): how often it refuses, gives no answer, is cut off or is filtered
create or replace view refusal as
with
filtered as (
    select
        stg_filtered.dataset,
        stg_filtered.model,
        count(*) as n_filtered
    from stg_filtered
    group by stg_filtered.dataset, stg_filtered.model
),

given as (
    select
        stg_refusal.dataset,
        stg_refusal.model,
        count(*) as n_answer,
        count(*) filter (where stg_refusal.refused) as n_refused,
        count(*) filter (where stg_refusal.gave_none) as n_no_answer,
        count(*) filter (where stg_refusal.cut_off) as n_cut_off
    from stg_refusal
    group by stg_refusal.dataset, stg_refusal.model
)

select
    coalesce(given.dataset, filtered.dataset) as dataset,
    coalesce(given.model, filtered.model) as model,
    coalesce(given.n_answer, 0) as n_answer, -- with their text
    coalesce(given.n_refused, 0) as n_refused, -- a refusal in words, or stopped by a content filter
    coalesce(filtered.n_filtered, 0) as n_filtered, -- questions whose call a content filter left without any answer
    coalesce(given.n_no_answer, 0) as n_no_answer, -- no answer could be extracted
    coalesce(given.n_cut_off, 0) as n_cut_off -- reached the limit of tokens
from given
full outer join filtered on given.dataset = filtered.dataset and given.model = filtered.model;
