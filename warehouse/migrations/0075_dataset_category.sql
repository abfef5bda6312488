-- one row per (dataset, variant): what it is about
alter table dataset add column category text; -- math, code, logic, knowledge, affective, instructions or tools
