-- one row per (run, preset, split, question): one collaborative answer
create table collaboration (
    collaboration_id text not null,
    run_id text not null,
    preset text not null,
    split_id text not null,
    bank_id text,
    question_id text not null,
    response_id text, -- the chosen candidate's response; null when every reference failed
    answer text, -- extracted answer of the chosen candidate
    probability double, -- stated probability that the answer is right; null when the preset states none
    score double, -- null when it could not be judged
    n_call integer not null, -- model calls this answer needed, cached or not
    cost_usd double, -- what those calls cost; null when any of them has no known cost
    stopped_early boolean,
    n_neighbour integer,
    neighbours json, -- the nearest bank questions: question_id, similarity
    prior json, -- per model: score and whether it was chosen
    created_at timestamp not null
);
