-- one row per (run, routing, policy, operating point)
alter table run_policy add column knob double; -- what a policy with a rule of its own turns; null: nothing
