-- Names under which a notice may meet its twins at other portals.
create table identity_key (
    notice varchar not null,
    kind varchar not null,
    key varchar not null
);
comment on table identity_key is 'Keys for finding the same purchase at several portals: one row per notice, kind and key. A notice without a row has not been compared yet.';
comment on column identity_key.notice is 'The notice (notice.uid).';
comment on column identity_key.kind is 'workspace and consultation name one purchase for certain; buyer, name, codes and words select what is compared; seen marks a notice as compared.';
comment on column identity_key.key is 'The key: a workspace identifier of BOSA, <portal>/<number> of a consultation, a company number, words of a name, country and CPV division and week of the deadline, words of a title.';
