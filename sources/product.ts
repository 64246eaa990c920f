import { source } from 'starline'

export const product = source(`
  SELECT p.id                         AS product_id,
         p.title                      AS title,
         k.name                       AS kind,
         c.title                      AS course_title,
         p.list_price                 AS list_price,
         CASE
           WHEN p.list_price = 0 THEN 'free'
           WHEN p.list_price < 10 THEN 'below ten'
           ELSE 'ten and more'
         END                          AS price_band,
         p.page_count                 AS page_count,
         CAST(p.created_at AS DATE)   AS listed_on
  FROM   catalogue_product AS p
  JOIN   product_kind AS k ON k.id = p.kind_id
  LEFT JOIN course AS c ON c.id = p.course_id
  WHERE  p.is_draft = FALSE
`)
