-- What each lot is worth, as far as anything is stated, and what the amount is the value of.
create or replace view lot_value as
with amounts as (
    select lot.notice, lot.position, value.amount, value.currency, value.level, value.rank
    from lot
    join notice on notice.uid = lot.notice
    cross join lateral (
        select unnest([
            struct_pack(amount := lot.estimate.amount, currency := lot.estimate.currency, level := 'lot', rank := 1),
            struct_pack(amount := lot.framework_maximum.amount, currency := lot.framework_maximum.currency, level := 'lot-framework-maximum', rank := 2),
            struct_pack(amount := notice.estimate.amount, currency := notice.estimate.currency, level := 'procedure', rank := 3),
            struct_pack(amount := notice.framework_maximum.amount, currency := notice.framework_maximum.currency, level := 'procedure-framework-maximum', rank := 4)
        ], recursive := true)
    ) as value
)
select notice, position, amount, currency, level
from amounts
where amount is not null and amount not in (0, 0.01, 1, -1)
qualify row_number() over (partition by notice, position order by rank) = 1;
comment on view lot_value is 'The stated amount nearest to each lot, with its level: lot, lot-framework-maximum, procedure, procedure-framework-maximum. Placeholders (0, 0.01, 1, -1) are no amounts; a lot without a row states none.';
