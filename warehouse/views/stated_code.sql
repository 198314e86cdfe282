-- The CPV and NUTS codes that notices and their lots state.
create or replace view stated_code as
select uid as notice, 'cpv' as list, unnest(cpv) as code from notice
union
select notice, 'cpv', unnest(cpv) from lot
union
select uid, 'nuts', unnest(nuts) from notice
union
select notice, 'nuts', unnest(nuts) from lot;
comment on view stated_code is 'CPV and NUTS codes by notice, those of its lots included: one row per notice, list and code.';
