-- one row per (bank, question, model) that has a label: missing is not wrong
create table bank_label (
    bank_id text not null,
    question_id text not null,
    model text not null,
    label double not null, -- mean score in [0, 1]
    provenance text not null -- verdict mode or who labelled it
);
