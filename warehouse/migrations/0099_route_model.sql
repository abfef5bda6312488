-- one row per (policy, operating point, test question)
alter table route alter column model drop not null; -- null: one of the asked, drawn uniformly
