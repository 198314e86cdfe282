-- Which purchase each procedure belongs to, where several are one.
create table merged_procedure (
    stated varchar not null,
    procedure_uid varchar not null
);
comment on table merged_procedure is 'Procedures that are one purchase: one row per procedure that was joined with another, worked out anew each night from same_procedure less not_same_procedure. A procedure without a row stands for itself.';
comment on column merged_procedure.stated is 'The procedure as stated by its notices (notice.procedure_uid).';
comment on column merged_procedure.procedure_uid is 'The name of the purchase: the procedure of its oldest notice.';
