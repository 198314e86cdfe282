-- A warehouse of tables of version 2 (November 2026, before award, change, facet and lot had more columns), with one
-- notice, what a night concluded of it, and what people stated. The tables are those that version made, less comments.
create table alarm (source varchar not null, night date not null, kind varchar not null, sentence varchar not null);
create table award (notice varchar not null, position integer not null, lot varchar not null, outcome varchar not null, value struct(amount decimal(24, 6), currency varchar, written varchar), decided_on date, tenders_received integer);
create table backfill (source varchar not null, window_from date not null, window_to date not null, span varchar not null, notices bigint not null, set_aside bigint not null, bytes bigint not null, kept_on date not null);
create table buyer (notice varchar not null, position integer not null, id varchar not null, names struct(value varchar, language varchar, detected boolean)[] not null, company_number varchar, number varchar, number_valid boolean, country varchar, nuts varchar, city varchar, size varchar, recognised varchar not null, written varchar, legal_type varchar, activity varchar);
create table change (notice varchar not null, position integer not null, changed varchar not null, reason varchar, texts struct(value varchar, language varchar, detected boolean)[] not null, lots varchar[] not null);
create table code (list varchar not null, code varchar not null, fr varchar, nl varchar, de varchar, en varchar, is_retired boolean not null, successor varchar, seen_on date not null);
create table consortium (night date not null, lot_uid varchar not null, position integer not null, rank integer not null, value double not null, coverage double not null, uncovered integer[] not null, best_alone varchar not null, best_alone_coverage double not null, binding varchar, gap double not null, flags varchar[] not null);
create table consortium_remark (night date not null, lot_uid varchar not null, consortium integer not null, bound_by varchar, bound_gain double not null, alone_lacks varchar[] not null, unverified varchar[] not null, silent_turnover varchar[] not null, holds struct(member varchar, condition varchar)[] not null, stages varchar[] not null, countries varchar[] not null, joint struct(members varchar[], notice varchar, lot varchar)[] not null, lots varchar[] not null);
create table crawl (source varchar not null, night date not null, window_from date not null, window_to date not null, complete boolean not null, error_kind varchar, error varchar, requests bigint not null, notices bigint not null, summaries bigint not null, set_aside bigint not null, bytes bigint not null, watermark date);
create table facet (night date not null, lot_uid varchar not null, position integer not null, kind varchar not null, text varchar not null, weight double not null, language varchar, code varchar);
create table feedback (member varchar not null, lot_uid varchar not null, answer varchar not null, said_at timestamptz not null, via varchar not null, words varchar);
create table identity_key (notice varchar not null, kind varchar not null, key varchar not null);
create table lot (notice varchar not null, position integer not null, uid varchar not null, id varchar not null, titles struct(value varchar, language varchar, detected boolean)[] not null, descriptions struct(value varchar, language varchar, detected boolean)[] not null, nature varchar, cpv varchar[] not null, nuts varchar[] not null, countries varchar[] not null, deadline_at timestamptz, deadline_kind varchar, deadline_zone varchar, deadline_hour_stated boolean, estimate struct(amount decimal(24, 6), currency varchar, written varchar), framework_maximum struct(amount decimal(24, 6), currency varchar, written varchar), criteria struct(use varchar, kind varchar, texts struct(value varchar, language varchar, detected boolean)[])[] not null, tender_languages varchar[] not null, documents varchar[] not null, reserved boolean, techniques varchar[] not null);
create table match (night date not null, lot_uid varchar not null, position integer not null, member varchar not null, score double not null, reasons struct(kind varchar, points double, asked varchar, offered varchar)[] not null);
create table member (position integer not null, id varchar not null, company_number varchar not null, name varchar not null, email varchar not null, languages varchar[] not null, nuts varchar not null, headcount integer not null, turnover struct(amount decimal(24, 6), currency varchar, written varchar), certificates varchar[] not null, grappes varchar[] not null, competences struct(text varchar, language varchar, cpv varchar[], stages varchar[])[] not null, reach varchar[] not null, conflicts varchar[] not null, frequency varchar not null, threshold double not null, maximum integer not null, wanted_grappes varchar[] not null);
create table merged_procedure (stated varchar not null, procedure_uid varchar not null);
create table night (as_of timestamptz not null);
create table no_consortium (night date not null, lot_uid varchar not null, reason varchar not null);
create table not_same_procedure (first varchar not null, second varchar not null, said_on date not null);
create table notice (uid varchar not null, id varchar not null, version integer not null, form varchar not null, source varchar not null, number varchar not null, notice_type varchar, subtype varchar, schema varchar, procedure varchar, procedure_uid varchar not null, procedure_type varchar, languages varchar[] not null, titles struct(value varchar, language varchar, detected boolean)[] not null, descriptions struct(value varchar, language varchar, detected boolean)[] not null, nature varchar, cpv varchar[] not null, nuts varchar[] not null, estimate struct(amount decimal(24, 6), currency varchar, written varchar), framework_maximum struct(amount decimal(24, 6), currency varchar, written varchar), issued_at timestamptz, is_summary boolean not null, is_trial boolean not null);
create table publication (notice varchar not null, source varchar not null, number varchar not null, day date, url varchar);
create table refusal (night date not null, lot_uid varchar not null, position integer not null, member varchar not null, kind varchar not null, detail varchar not null);
create table role (night date not null, lot_uid varchar not null, consortium integer not null, position integer not null, member varchar not null, covers integer[] not null, only_by_it integer[] not null, indispensable double not null, shapley double not null, statements varchar[] not null);
create table same_procedure (first varchar not null, second varchar not null, kind varchar not null, score double not null, first_notice varchar not null, second_notice varchar not null, evidence struct(kind varchar, points double, seen varchar)[] not null, night date not null);
create table set_aside (source varchar not null, identifier varchar not null, reason varchar not null, path varchar not null, day date not null);
create table shape (version integer not null, views varchar not null);
create table tendering_party (notice varchar not null, award integer not null, position integer not null, id varchar not null, name varchar, organisations struct(id varchar, names struct(value varchar, language varchar, detected boolean)[], company_number varchar, number varchar, number_valid boolean, country varchar, nuts varchar, city varchar, size varchar, recognised varchar, written varchar)[] not null, subcontractors struct(id varchar, names struct(value varchar, language varchar, detected boolean)[], company_number varchar, number varchar, number_valid boolean, country varchar, nuts varchar, city varchar, size varchar, recognised varchar, written varchar)[] not null);
create table vector (model varchar not null, digest varchar not null, numbers blob not null);
create table verdict (night date not null, position integer not null, lot_uid varchar not null);
create table verdict_basis (night date not null, digest varchar not null);
create table volume (source varchar not null, night date not null, day date not null, notices bigint not null);
create table wish (member varchar not null, channel varchar not null, quiet_days varchar[] not null, heartbeat boolean not null);

insert into shape values (2, 'of that version');
insert into notice by name select 'n1-01' as uid, 'n1' as id, 1 as version, 'competition' as form, 'eu_ted' as source,
    '700001-2026' as number, 'p1' as procedure, 'p1' as procedure_uid, ['FRA'] as languages,
    [{'value': 'Hébergement de serveurs', 'language': 'FRA', 'detected': false}] as titles, [] as descriptions,
    ['72000000'] as cpv, ['BE100'] as nuts, false as is_summary, false as is_trial;
insert into publication values ('n1-01', 'eu_ted', '700001-2026', date '2026-11-18', null);
insert into lot by name select 'n1-01' as notice, 0 as position, 'p1:LOT-0001' as uid, 'LOT-0001' as id,
    [{'value': 'Hébergement', 'language': 'FRA', 'detected': false}] as titles, [] as descriptions, ['72000000'] as cpv,
    ['BE100'] as nuts, ['BEL'] as countries, timestamptz '2026-12-15 11:00:00+00' as deadline_at,
    'tender' as deadline_kind, 'Europe/Brussels' as deadline_zone, true as deadline_hour_stated,
    [{'use': 'selection', 'kind': 'tp-abil', 'texts': [{'value': 'Trois références', 'language': 'FRA',
        'detected': false}]}] as criteria,
    ['FRA'] as tender_languages, ['https://buyer.example/dce'] as documents, [] as techniques;
insert into change values ('n1-01', 0, 'n0-01', 'cor-buy',
    [{'value': 'Le lieu est précisé.', 'language': 'FRA', 'detected': false}], ['LOT-0001']);
insert into award values ('n1-01', 0, 'LOT-0009', 'clos-nw', null, date '2026-11-17', 3);
insert into member values (0, 'nuagera', 'BE0999000112', 'Nuagera', 'nuagera@firm.example', ['fr'], 'BE100', 12, null,
    ['ISO 27001'], [], [{'text': 'Hébergement', 'language': 'fr', 'cpv': ['72000000'], 'stages': []}], [], [],
    'weekly', 0.5, 7, []);
insert into wish values ('nuagera', 'text', ['sunday'], true);
insert into night values (timestamptz '2026-11-20 09:00:00+00');
insert into crawl values ('eu_ted', date '2026-11-20', date '2026-11-15', date '2026-11-20', true, null, null, 9, 61, 0, 0,
    1000, date '2026-11-20');
insert into verdict values (date '2026-11-20', 0, 'p1:LOT-0001');
insert into verdict_basis values (date '2026-11-20', 'digest');
insert into facet values (date '2026-11-20', 'p1:LOT-0001', 0, 'cpv', '72000000', 1.0, null, '72000000');
insert into match values (date '2026-11-20', 'p1:LOT-0001', 0, 'nuagera', 0.6,
    [{'kind': 'meaning', 'points': 0.6, 'asked': 'Hébergement', 'offered': 'Hébergement'}]);
insert into feedback values ('nuagera', 'p1:LOT-0001', 'relevant', timestamptz '2026-11-20 12:00:00+00', 'pib', 'oui');
insert into not_same_procedure values ('p1', 'p2', date '2026-11-20');
insert into vector values ('model', 'digest', 'abcd'::blob);
