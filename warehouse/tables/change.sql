-- What a change notice points at, and why.
create table change (
    notice varchar not null,
    position integer not null,
    changed varchar not null,
    reason varchar,
    texts struct(value varchar, language varchar, detected boolean)[] not null,
    lots varchar[] not null,
    sections varchar[] not null
);
comment on table change is 'Changes: one row per changing notice and notice it changes.';
comment on column change.notice is 'The notice that brings the change (notice.uid).';
comment on column change.position is 'Place of the change in its notice, from 0.';
comment on column change.changed is 'The notice that is changed (BT-758), as written: <uuid>-<nn> or a publication number, padded or not.';
comment on column change.reason is 'Reason (BT-140): cancel, cor-buy, info-release and others.';
comment on column change.texts is 'Words of the change (BT-141, BT-762) with their languages.';
comment on column change.lots is 'Lots the change is about; empty when it is about the whole notice.';
comment on column change.sections is 'Other sections the change is about (BT-13716): RES-0001 a result, ORG-0002 an organisation.';
