-- The firms of the cluster.
create table member (
    position integer not null,
    id varchar not null,
    company_number varchar not null,
    name varchar not null,
    email varchar not null,
    languages varchar[] not null,
    nuts varchar not null,
    headcount integer not null,
    turnover struct(amount decimal(24, 6), currency varchar, written varchar),
    certificates varchar[] not null,
    grappes varchar[] not null,
    competences struct(text varchar, language varchar, cpv varchar[], stages varchar[])[] not null,
    reach varchar[] not null,
    conflicts varchar[] not null,
    frequency varchar not null,
    threshold double not null,
    maximum integer not null,
    wanted_grappes varchar[] not null
);
comment on table member is 'Members of the cluster: one row per firm, all replaced together when the operator imports them.';
comment on column member.position is 'Place of the member in the operator''s file, from 0.';
comment on column member.id is 'Short name of the member, unique in the cluster.';
comment on column member.company_number is 'Registration number, country and digits: BE0999000112.';
comment on column member.name is 'Name of the firm.';
comment on column member.email is 'Where its digest is sent.';
comment on column member.languages is 'Languages it works in, two letters; the first is that of its digest.';
comment on column member.nuts is 'Where it is.';
comment on column member.headcount is 'People who work there.';
comment on column member.turnover is 'Turnover of a year: amount, currency, exact text where needed; null when unknown, which is neither zero nor enough.';
comment on column member.certificates is 'Certificates it holds.';
comment on column member.grappes is 'Thematic sub-networks it belongs to.';
comment on column member.competences is 'What it can do, in its own words, with the CPV codes that name it and its stages in the value chain.';
comment on column member.reach is 'Places it works in; empty when everywhere.';
comment on column member.conflicts is 'Members it does not team up with.';
comment on column member.frequency is 'How often it wishes a digest: daily, weekly, monthly.';
comment on column member.threshold is 'The least fit worth a line of its digest, in [0, 1].';
comment on column member.maximum is 'The most items of its digest.';
comment on column member.wanted_grappes is 'Sub-networks its digest is narrowed to; empty when not narrowed.';
