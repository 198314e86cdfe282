select source, night, complete, watermark, window_to
from crawl
where watermark is not null and (not complete or watermark > window_to)
