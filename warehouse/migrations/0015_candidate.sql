-- one row per (collaboration, candidate)
create table candidate (
    collaboration_id text not null,
    candidate_index integer not null,
    response_id text not null,
    model text not null,
    reference_models text[], -- the models whose answers this candidate was made from
    extracted text,
    agreement double,
    similarity double,
    confidence double,
    posterior double,
    chosen boolean not null
);
