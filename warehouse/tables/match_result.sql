-- What was concluded of a lot, once for all nights with the same inputs.
create table match_result (
    digest varchar not null,
    facets struct(kind varchar, text varchar, weight double, language varchar, code varchar, need varchar)[] not null,
    matches struct(
        member varchar,
        score double,
        reasons struct(kind varchar, points double, asked varchar, offered varchar)[]
    )[] not null,
    refusals struct(member varchar, kind varchar, detail varchar)[] not null,
    consortia struct(
        rank integer,
        value double,
        coverage double,
        roles struct(
            member varchar,
            covers integer[],
            "only" integer[],
            indispensable double,
            shapley double,
            statements varchar[]
        )[],
        uncovered integer[],
        best_alone varchar,
        best_alone_coverage double,
        binding varchar,
        gap double,
        flags varchar[],
        remarks struct(
            bound_by varchar,
            bound_gain double,
            alone_lacks varchar[],
            unverified varchar[],
            silent_turnover varchar[],
            holds struct(member varchar, condition varchar)[],
            stages varchar[],
            countries varchar[],
            joint struct(members varchar[], notice varchar, lot varchar)[],
            lots varchar[]
        ),
        reasons struct(
            kind varchar,
            asked varchar,
            brings struct(member varchar, condition varchar)[],
            code varchar
        )[],
        partner_only varchar[]
    )[] not null,
    no_consortium varchar,
    past_groups struct(
        members varchar[],
        similarity double,
        notice varchar,
        lot varchar,
        title varchar,
        purchases integer,
        others integer,
        is_same_buyer boolean,
        partner_only varchar[]
    )[] not null
);
comment on table match_result is 'Match results: one row per lot and inputs. Lists are in the order of warehouse/model/match_results.py, which says what each field means.';
comment on column match_result.digest is 'Digest of the lot''s facts, members, references, feedback, weights, model and code that the result was computed with.';
comment on column match_result.facets is 'What the lot requires; numbers of facets elsewhere are places in this list, from 0.';
comment on column match_result.matches is 'Members that fit, the best first: score is the sum of the points of the reasons (words, meaning, cpv, place, reference, size, base).';
comment on column match_result.refusals is 'Members that were not proposed, and why: closed, too-soon, out-of-reach, language, no-likeness, reserved. The answer to "why did I not see it?".';
comment on column match_result.consortia is 'Members proposed together, with who does what, remarks beside the coverage, and what is out of reach of each alone.';
comment on column match_result.no_consortium is 'Why no coalition of members is allowed; null where some are.';
comment on column match_result.past_groups is 'Members who won such a purchase together before, the most similar first; beside the consortia, never in their coverage.';
