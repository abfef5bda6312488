-- one row per (response, scorer, scorer version, mode)
create table score (
    response_id text not null,
    scorer text not null, -- 'recorded' for a verdict that came with the data
    scorer_version text not null,
    mode text not null, -- fixed (right), compat (as the reference implementation) or recorded
    score double, -- in [0, 1]; null when it could not be judged
    verdict text not null, -- correct, wrong, partial, no_answer, timeout or unjudged
    extracted text, -- canonical form of the answer: equal strings mean equal answers
    detail text,
    run_id text,
    scored_at timestamp not null
);
