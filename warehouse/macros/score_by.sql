-- one value: the score that counts where those of mode `verdict` come first; `score` is the one that comes next
create or replace temp macro score_by(verdict, score, compat_score, recorded_score) as coalesce(
    case
        when verdict = 'compat' then compat_score
        when verdict = 'recorded' then recorded_score
    end,
    score
);
