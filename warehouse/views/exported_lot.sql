-- Lots of calls for a spreadsheet, in their newest notice, open or not.
create or replace view exported_lot as
select
    current_lot.lot_uid,
    current_lot.closed is null as is_open,
    current_lot.closed,
    current_lot.notice,
    current_lot.lot,
    notice.titles[1].value as title,
    lot.titles[1].value as lot_title,
    (select string_agg(buyer.names[1].value, '; ' order by buyer.position) from buyer where buyer.notice = notice.uid) as buyers,
    current_lot.day as published_on,
    current_lot.deadline_at,
    lot.deadline_kind,
    lot.deadline_zone,
    lot.deadline_hour_stated,
    coalesce(lot.cpv[1], notice.cpv[1]) as cpv_main,
    array_to_string(lot.cpv[2:], ' ') as cpv_additional,
    array_to_string(if(len(lot.nuts) > 0, lot.nuts, notice.nuts), ' ') as nuts,
    (
        select string_agg(coalesce(code_today.today, place.code), ' ' order by place.position)
        from (select unnest(if(len(lot.nuts) > 0, lot.nuts, notice.nuts)) as code, generate_subscripts(if(len(lot.nuts) > 0, lot.nuts, notice.nuts), 1) as position) as place
        left join code_today on code_today.list = 'nuts' and code_today.code = place.code
    ) as nuts_today,
    (
        select string_agg(unknown_code.code, ' ' order by unknown_code.list, unknown_code.code)
        from unknown_code where unknown_code.notice = notice.uid
            and list_contains(lot.cpv || lot.nuts || notice.cpv || notice.nuts, unknown_code.code)
    ) as unknown_codes,
    cast(lot_value.amount as decimal(24, 2)) as value,
    lot_value.currency,
    lot_value.level as value_level,
    array_to_string(lot.tender_languages, ' ') as tender_languages,
    array_to_string(lot.documents, ' ') as documents,
    lot.documents_restricted,
    array_to_string(lot.techniques, ' ') as techniques,
    contract_end.starts_on as contract_starts_on,
    contract_end.ends_on as contract_ends_on,
    lot.term.length as contract_length,
    lot.term.unit as contract_unit,
    lot.term.renewals as contract_renewals,
    lot.eu_funded,
    lot.suits_smes,
    lot.subcontracting
from current_lot
join notice on notice.uid = current_lot.notice
join lot on lot.notice = current_lot.notice and lot.position = current_lot.position
left join lot_value on lot_value.notice = lot.notice and lot_value.position = lot.position
left join contract_end on contract_end.notice = lot.notice and contract_end.position = lot.position;
comment on view exported_lot is 'Lots of calls for competition for a spreadsheet: one row per lot in its newest notice, whether it is open and why not. value is the stated amount nearest to the lot and value_level what it is the value of; empty when only placeholders are given. nuts is as written, nuts_today with successors of retired codes; unknown_codes are CPV and NUTS codes that no official list has.';
comment on column exported_lot.lot_uid is 'Name of the lot across versions and portals: <procedure>:<lot> (BT-04, BT-137).';
comment on column exported_lot.is_open is 'Whether it may still be answered on the night of the export.';
comment on column exported_lot.closed is 'Why not: trial, cancelled, awarded, superseded, past, undated; empty while open.';
comment on column exported_lot.notice is 'The newest notice that describes it (BT-701, BT-757).';
comment on column exported_lot.lot is 'Identifier of the lot inside the procedure (BT-137).';
comment on column exported_lot.title is 'Title of the procedure (BT-21), in the language that comes first.';
comment on column exported_lot.lot_title is 'Title of the lot (BT-21), in the language that comes first.';
comment on column exported_lot.buyers is 'Names of the buyers (BT-500), joined by "; ".';
comment on column exported_lot.published_on is 'First day of publication of that notice.';
comment on column exported_lot.deadline_at is 'Last instant to answer, in UTC; empty if the notice gives none.';
comment on column exported_lot.deadline_kind is 'What has to arrive by then: tender (BT-131), request (BT-1311), interest (BT-630).';
comment on column exported_lot.deadline_zone is 'Zone as the publisher wrote it (+02:00), or the name applied because it wrote none (Europe/Paris).';
comment on column exported_lot.deadline_hour_stated is 'False when only the day was stated and the instant is the end of that day.';
comment on column exported_lot.cpv_main is 'Main CPV code of the lot (BT-262), else of the procedure, eight digits.';
comment on column exported_lot.cpv_additional is 'Additional CPV codes of the lot (BT-263), joined by spaces.';
comment on column exported_lot.nuts is 'Places of performance (BT-5071) as written, of the lot, else of the procedure; joined by spaces.';
comment on column exported_lot.nuts_today is 'The same with the successors of retired codes.';
comment on column exported_lot.unknown_codes is 'CPV and NUTS codes of the lot that no official list has, joined by spaces.';
comment on column exported_lot.value is 'The stated amount nearest to the lot (BT-27, BT-271) in units of currency; empty when only placeholders are given.';
comment on column exported_lot.currency is 'Currency of value, ISO 4217.';
comment on column exported_lot.value_level is 'What value is the value of: lot, lot-framework-maximum, procedure, procedure-framework-maximum.';
comment on column exported_lot.tender_languages is 'Languages tenders may be written in (BT-97), ISO 639-3, joined by spaces.';
comment on column exported_lot.documents is 'Addresses of the procurement documents (BT-15), joined by spaces.';
comment on column exported_lot.documents_restricted is 'Whether access to the documents is restricted (BT-14); empty if unstated.';
comment on column exported_lot.techniques is 'Framework agreement (BT-765) or dynamic purchasing system (BT-766) as coded, joined by spaces.';
comment on column exported_lot.contract_starts_on is 'Day the contract starts (BT-536), where stated.';
comment on column exported_lot.contract_ends_on is 'Day the contract ends (BT-537), else its start and its length; empty where neither is known.';
comment on column exported_lot.contract_length is 'Length of the contract (BT-36), in contract_unit, renewals left out.';
comment on column exported_lot.contract_unit is 'DAY, WEEK, MONTH or YEAR.';
comment on column exported_lot.contract_renewals is 'How often the contract may be renewed at most (BT-58).';
comment on column exported_lot.eu_funded is 'Whether it is financed by funds of the Union (BT-60); empty if unstated.';
comment on column exported_lot.suits_smes is 'Whether it is stated to suit small and medium firms (BT-726); empty if unstated.';
comment on column exported_lot.subcontracting is 'What is required of subcontracting (BT-65), else what must be stated about it (BT-651), as coded.';
