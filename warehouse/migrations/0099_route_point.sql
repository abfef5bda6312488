-- one row per (policy, operating point, test question)
alter table route add column point text default ''; -- operating point; empty: the only one
