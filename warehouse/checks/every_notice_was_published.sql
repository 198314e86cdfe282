select notice.uid, notice.source, notice.number
from notice
where not exists (
    select 1 from publication
    where publication.notice = notice.uid and publication.source = notice.source and publication.number = notice.number)
