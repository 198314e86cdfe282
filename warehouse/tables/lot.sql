-- The part of a purchase that one may win, as one notice describes it.
create table lot (
    notice varchar not null,
    position integer not null,
    uid varchar not null,
    id varchar not null,
    titles struct(value varchar, language varchar, detected boolean)[] not null,
    descriptions struct(value varchar, language varchar, detected boolean)[] not null,
    nature varchar,
    cpv varchar[] not null,
    nuts varchar[] not null,
    countries varchar[] not null,
    deadline_at timestamptz,
    deadline_kind varchar,
    deadline_zone varchar,
    deadline_hour_stated boolean,
    estimate struct(amount decimal(24, 6), currency varchar, written varchar),
    framework_maximum struct(amount decimal(24, 6), currency varchar, written varchar),
    criteria struct(use varchar, kind varchar, texts struct(value varchar, language varchar, detected boolean)[], weight struct(number decimal(12, 4), kind varchar))[] not null,
    tender_languages varchar[] not null,
    documents varchar[] not null,
    reserved boolean,
    techniques varchar[] not null,
    term struct(length integer, unit varchar, starts date, ends date, unlimited boolean, renewals integer),
    eu_funded boolean,
    suits_smes boolean,
    subcontracting varchar,
    documents_restricted boolean
);
comment on table lot is 'Lots as each notice describes them: one row per notice and lot. See open_lot for those one may still answer.';
comment on column lot.notice is 'The notice that describes the lot (notice.uid).';
comment on column lot.position is 'Place of the lot in its notice, from 0.';
comment on column lot.uid is 'Name of the lot across versions and portals: <procedure>:<lot id>.';
comment on column lot.id is 'Lot identifier inside the procedure (BT-137): LOT-0001; PAR-0001 is a part of a planned purchase.';
comment on column lot.titles is 'Titles of the lot (BT-21) with their languages.';
comment on column lot.descriptions is 'Descriptions of the lot (BT-24) with their languages.';
comment on column lot.nature is 'Main nature of the lot (BT-23): works, supplies, services.';
comment on column lot.cpv is 'CPV codes of the lot, eight digits, the main one (BT-262) first.';
comment on column lot.nuts is 'Places of performance (BT-5071); empty when anywhere or unstated.';
comment on column lot.countries is 'Countries of performance (BT-5141), ISO 3166-1 alpha-3.';
comment on column lot.deadline_at is 'Last instant to answer; null if the notice gives none.';
comment on column lot.deadline_kind is 'What has to arrive by then: tender (BT-131), request (BT-1311), interest (BT-630).';
comment on column lot.deadline_zone is 'Zone of the deadline as the publisher wrote it (+02:00), or the name applied because it wrote none (Europe/Paris).';
comment on column lot.deadline_hour_stated is 'False when only the day was stated and the instant is the end of that day.';
comment on column lot.estimate is 'Estimated value of the lot (BT-27): amount, currency, and the exact text where the amount does not fit six decimals.';
comment on column lot.framework_maximum is 'Maximum value of the framework agreement (BT-271), in the same shape.';
comment on column lot.criteria is 'Conditions to meet (use selection) or to be measured by (use award), with the code and words of the publisher, and the weight (BT-541) with what it is (BT-5421).';
comment on column lot.tender_languages is 'Languages tenders may be written in (BT-97), ISO 639-3 in upper case.';
comment on column lot.documents is 'Addresses of the procurement documents (BT-15).';
comment on column lot.reserved is 'Whether participation is reserved (BT-71); null if unstated.';
comment on column lot.techniques is 'Framework agreement (BT-765: fa-wo-rc, fa-w-rc, fa-mix) and dynamic purchasing system (BT-766: dps-list, dps-nlist); empty when neither.';
comment on column lot.term is 'How long the contract runs: length (BT-36) in unit DAY, WEEK, MONTH or YEAR, starts (BT-536), ends (BT-537), unlimited, and how often it may be renewed (BT-58).';
comment on column lot.eu_funded is 'Whether it is financed by funds of the Union (BT-60); null if unstated.';
comment on column lot.suits_smes is 'Whether it is stated to suit small and medium firms (BT-726); null if unstated.';
comment on column lot.subcontracting is 'What is required of subcontracting (BT-65), else what must be stated about it (BT-651), as coded.';
comment on column lot.documents_restricted is 'Whether access to the documents is restricted (BT-14); null if unstated.';
