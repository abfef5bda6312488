-- one row per (policy, test question)
create table route (
    policy_id text not null,
    question_id text not null,
    model text not null,
    predicted_score double,
    predicted_cost double,
    score double,
    cost_usd double
);
