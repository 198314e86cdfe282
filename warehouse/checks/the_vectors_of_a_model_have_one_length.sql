select model, count(distinct octet_length(numbers)) as lengths from vector
group by model having count(distinct octet_length(numbers)) > 1
