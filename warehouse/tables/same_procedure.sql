-- Procedures of different portals or notices held to be one purchase, and why.
create table same_procedure (
    first varchar not null,
    second varchar not null,
    kind varchar not null,
    score double not null,
    first_notice varchar not null,
    second_notice varchar not null,
    evidence struct(kind varchar, points double, seen varchar)[] not null,
    night date not null
);
comment on table same_procedure is 'Links between procedures: one row per pair (first < second) and kind of link, kept for good. Which of them took effect is in merged_procedure.';
comment on column same_procedure.first is 'A procedure as stated by its notices (notice.procedure_uid).';
comment on column same_procedure.second is 'The other one.';
comment on column same_procedure.kind is 'changed-notice: a notice names the other. notice: both are versions of one notice. workspace, consultation: their documents lie in the same place. score: they are alike.';
comment on column same_procedure.score is 'Likelihood that they are one purchase, in [0, 1]; 1 for links by name.';
comment on column same_procedure.first_notice is 'The notice of the first procedure that was compared (notice.uid).';
comment on column same_procedure.second_notice is 'The notice of the second procedure that was compared.';
comment on column same_procedure.evidence is 'What was seen: for a score, each similarity with its points (natural logarithm of odds).';
comment on column same_procedure.night is 'The night that found it first.';
