-- one row per attempt to call a model: what counts against the cap where nobody knows its cost
alter table call add column bound_usd double; -- the most a call of unknown cost can have cost; else null
