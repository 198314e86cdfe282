-- One published announcement in one version, as its publisher worded it.
create table notice (
    uid varchar not null,
    id varchar not null,
    version integer not null,
    form varchar not null,
    source varchar not null,
    number varchar not null,
    notice_type varchar,
    subtype varchar,
    schema varchar,
    procedure varchar,
    procedure_uid varchar not null,
    procedure_type varchar,
    languages varchar[] not null,
    titles struct(value varchar, language varchar, detected boolean)[] not null,
    descriptions struct(value varchar, language varchar, detected boolean)[] not null,
    nature varchar,
    cpv varchar[] not null,
    nuts varchar[] not null,
    estimate struct(amount decimal(24, 6), currency varchar, written varchar),
    framework_maximum struct(amount decimal(24, 6), currency varchar, written varchar),
    issued_at timestamptz,
    is_summary boolean not null,
    is_trial boolean not null
);
comment on table notice is 'Published announcements, one row per notice and version (BT-701, BT-757). The same version seen at two portals is one row here and two in publication.';
comment on column notice.uid is 'The notice in its version, as eForms spells it: <notice id>-<nn>.';
comment on column notice.id is 'Notice identifier (BT-701), shared by all versions of the notice.';
comment on column notice.version is 'Version of the notice (BT-757), from 1.';
comment on column notice.form is 'Kind of announcement (BT-03): planning, consultation, competition, result, dir-awa-pre, cont-modif, completion, bri.';
comment on column notice.source is 'Portal whose text is kept here; see publication for every portal that carried it.';
comment on column notice.number is 'Number of the notice at that portal.';
comment on column notice.notice_type is 'Notice type (BT-02), such as cn-standard or pin-cfc-social; null if unstated.';
comment on column notice.subtype is 'Notice subtype (OPP-070), such as 16 or E3; null if unstated.';
comment on column notice.schema is 'Format and version it was written in, such as eforms-sdk-1.13.';
comment on column notice.procedure is 'Procedure identifier (BT-04) as stated; null if unstated.';
comment on column notice.procedure_uid is 'The purchase as a whole: the procedure where stated, else the notice identifier.';
comment on column notice.procedure_type is 'Procedure type (BT-105): open, restricted, neg-w-call and others.';
comment on column notice.languages is 'Languages of the notice (BT-702), ISO 639-3 in upper case, the main one first.';
comment on column notice.titles is 'Titles of the procedure (BT-21) with their languages.';
comment on column notice.descriptions is 'Descriptions of the procedure (BT-24) with their languages.';
comment on column notice.nature is 'Main nature (BT-23): works, supplies, services.';
comment on column notice.cpv is 'CPV codes of the procedure, eight digits, the main one (BT-262) first.';
comment on column notice.nuts is 'Places of performance of the procedure (BT-5071); empty when anywhere or unstated.';
comment on column notice.estimate is 'Estimated value of the procedure (BT-27): amount, currency, and the exact text where the amount does not fit six decimals.';
comment on column notice.framework_maximum is 'Maximum value of the framework agreement (BT-271), in the same shape.';
comment on column notice.issued_at is 'Instant the notice was dispatched (BT-05).';
comment on column notice.is_summary is 'True while only the search fields of a portal are known; the full text completes it.';
comment on column notice.is_trial is 'Whether its title marks it as a test of software; its lots are not open.';
