-- one row per nightly comparison: now in table decision
drop table regression;
