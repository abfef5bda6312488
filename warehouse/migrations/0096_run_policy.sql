-- one row per (run, routing, policy, operating point): what a run was routed by; its newest routing counts
create table run_policy (
    run_id text not null,
    policy_id text not null,
    system text not null, -- whose policy it is
    point text not null, -- operating point; empty: the only one
    cost_weight double not null, -- lambda of the decision, in score per US dollar
    position integer not null, -- of the system among those of the run
    created_at timestamp not null -- of the routing: one moment for all its policies
);
