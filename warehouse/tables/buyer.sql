-- The organisations that buy, as each notice describes them.
create table buyer (
    notice varchar not null,
    position integer not null,
    id varchar not null,
    names struct(value varchar, language varchar, detected boolean)[] not null,
    company_number varchar,
    number varchar,
    number_valid boolean,
    country varchar,
    nuts varchar,
    city varchar,
    size varchar,
    recognised varchar not null,
    written varchar,
    legal_type varchar,
    activity varchar
);
comment on table buyer is 'Buyers: one row per notice and buying organisation, in the order of the notice.';
comment on column buyer.notice is 'The notice (notice.uid).';
comment on column buyer.position is 'Place of the buyer in its notice, from 0.';
comment on column buyer.id is 'Key of the organisation inside the notice: ORG-0001.';
comment on column buyer.names is 'Names of the organisation (BT-500) with their languages.';
comment on column buyer.company_number is 'Registration number (BT-501) as written, junk included.';
comment on column buyer.number is 'The same number reduced to country and digits (BE0999000112); null when it is not one.';
comment on column buyer.number_valid is 'Whether its check digits hold: false also for junk that is no number; null when nothing is written or the number has none.';
comment on column buyer.country is 'Country (BT-514), ISO 3166-1 alpha-3.';
comment on column buyer.nuts is 'Region of the organisation (BT-507).';
comment on column buyer.city is 'City (BT-513).';
comment on column buyer.size is 'Size of the organisation (BT-165) where stated.';
comment on column buyer.recognised is 'How the organisation is known: stated as one of its own, or taken from a group-name.';
comment on column buyer.written is 'The name as published, where a part was taken out of it.';
comment on column buyer.legal_type is 'Legal type of the buyer (BT-11).';
comment on column buyer.activity is 'Main activity of the buyer (BT-10).';
