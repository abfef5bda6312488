-- one row per model output: what a successful call or an import gave
alter table response add column refresh integer; -- how often it was asked anew; null: the first time
