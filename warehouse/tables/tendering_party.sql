-- Who won an award: the organisations that tendered together under one name.
create table tendering_party (
    notice varchar not null,
    award integer not null,
    position integer not null,
    id varchar not null,
    name varchar,
    organisations struct(
        id varchar, names struct(value varchar, language varchar, detected boolean)[], company_number varchar, number varchar,
        number_valid boolean, country varchar, nuts varchar, city varchar, size varchar, recognised varchar,
        written varchar)[] not null,
    subcontractors struct(
        id varchar, names struct(value varchar, language varchar, detected boolean)[], company_number varchar, number varchar,
        number_valid boolean, country varchar, nuts varchar, city varchar, size varchar, recognised varchar,
        written varchar)[] not null
);
comment on table tendering_party is 'Winners: one row per notice, award and tendering party. See track_record for one row per organisation.';
comment on column tendering_party.notice is 'The notice (notice.uid).';
comment on column tendering_party.award is 'Place of the award in its notice (award.position).';
comment on column tendering_party.position is 'Place of the party among the winners of the award, from 0.';
comment on column tendering_party.id is 'Key of the party inside the notice: TPA-0001.';
comment on column tendering_party.name is 'Name of the party where it has one.';
comment on column tendering_party.organisations is 'Organisations of the party, the lead first, in the columns of buyer.';
comment on column tendering_party.subcontractors is 'Subcontractors known at the award, in the same shape.';
