-- What stands beside a consortium and is no part of its coverage.
create table consortium_remark (
    night date not null,
    lot_uid varchar not null,
    consortium integer not null,
    bound_by varchar,
    bound_gain double not null,
    alone_lacks varchar[] not null,
    unverified varchar[] not null,
    silent_turnover varchar[] not null,
    holds struct(member varchar, condition varchar)[] not null,
    stages varchar[] not null,
    countries varchar[] not null,
    joint struct(members varchar[], notice varchar, lot varchar)[] not null,
    lots varchar[] not null
);
comment on table consortium_remark is 'Remarks: one row per night, lot and consortium.';
comment on column consortium_remark.night is 'The night, by its date.';
comment on column consortium_remark.lot_uid is 'The lot (lot.uid).';
comment on column consortium_remark.consortium is 'The proposal among those of the lot (consortium.position).';
comment on column consortium_remark.bound_by is 'The constraint that decided: turnover, lead, size, conflicts, or a condition in the words of the notice.';
comment on column consortium_remark.bound_gain is 'Coverage that setting it aside would give.';
comment on column consortium_remark.alone_lacks is 'What the best single member is not shown to meet.';
comment on column consortium_remark.unverified is 'Conditions nobody in it is shown to meet, because nothing is known.';
comment on column consortium_remark.silent_turnover is 'Members of unknown turnover (member.id): it counts for nothing.';
comment on column consortium_remark.holds is 'Conditions that only one of its members meets.';
comment on column consortium_remark.stages is 'Stages of the value chain it covers.';
comment on column consortium_remark.countries is 'Countries its members are in, as NUTS names them; two or more make it cross-border.';
comment on column consortium_remark.joint is 'Awards that two of its members won together and, with an empty notice, calls they declared to answer together: beside the coverage, never in it.';
comment on column consortium_remark.lots is 'The lots of a proposal for a whole procedure; empty for one lot.';
