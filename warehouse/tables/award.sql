-- The outcome of one lot as a notice states it.
create table award (
    notice varchar not null,
    position integer not null,
    lot varchar not null,
    outcome varchar not null,
    value struct(amount decimal(24, 6), currency varchar, written varchar),
    decided_on date,
    tenders_received integer,
    terminates boolean,
    sme_tenders integer,
    subcontracted boolean
);
comment on table award is 'Outcomes: one row per notice and award, with or without a winner. Winners are in tendering_party.';
comment on column award.notice is 'The notice (notice.uid).';
comment on column award.position is 'Place of the award in its notice, from 0.';
comment on column award.lot is 'Lot identifier inside the procedure (lot.id).';
comment on column award.outcome is 'Outcome (BT-142): selec-w a winner was chosen, clos-nw closed without one, open-nw still open.';
comment on column award.value is 'Value of the winning tender (BT-720): amount, currency, and the exact text where the amount does not fit six decimals.';
comment on column award.decided_on is 'Day the winner was chosen (BT-1451).';
comment on column award.tenders_received is 'Tenders received (BT-759).';
comment on column award.terminates is 'Whether the dynamic purchasing system ends with it (BT-119); null if unstated.';
comment on column award.sme_tenders is 'Tenders received from small and medium firms (BT-759 of t-sme).';
comment on column award.subcontracted is 'Whether part of the winning tender is subcontracted (BT-773); null if unstated.';
