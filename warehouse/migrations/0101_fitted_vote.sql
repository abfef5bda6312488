-- one row per vote that a bank taught for live questions, so that it is fitted once and not by every process
create table fitted_vote (
    fit_id text not null, -- hash of the bank, its answers and what of the preset the fit depends on
    bank_id text not null,
    weights double[] not null, -- of each model's vote, in pool order
    slopes double[] not null, -- of each model's local log-odds above the pool's
    none double[] not null, -- of the alternative that no answer is right
    created_at timestamp not null
);
