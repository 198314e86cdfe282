-- Codes that no edition of their official list has, not even as retired. Of a list never imported none is unknown.
create or replace view unknown_code as
select stated_code.notice, stated_code.list, stated_code.code
from stated_code
semi join (
    -- A list of places may be that of some countries only; of the others nothing is unknown.
    select distinct list, if(list = 'nuts', code[:2], '') as country from code
) as at_hand on at_hand.list = stated_code.list
    and at_hand.country = if(stated_code.list = 'nuts', stated_code.code[:2], '')
anti join code on code.list = stated_code.list and code.code = stated_code.code
anti join (
    -- NUTS as eForms publishes it has the lowest level only: what those places lie in exists as well.
    select distinct 'nuts' as list, code[:length] as code
    from (select code, unnest([2, 3, 4]) as length from code where list = 'nuts')
) as region on region.list = stated_code.list and region.code = stated_code.code;
comment on view unknown_code is 'CPV and NUTS codes of notices that the official lists do not have: one row per notice, list and code.';
