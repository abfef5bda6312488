-- one row per (policy, operating point, test question)
alter table route add column asked text[]; -- all models that are asked; null: the chosen one alone
