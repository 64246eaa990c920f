import { source } from 'starline'

export const product_sale = source(`
  SELECT o.number                 AS order_number,
         l.line_number            AS line_number,
         o.placed_at              AS sold_at,
         l.product_id             AS product_id,
         l.seller_id              AS seller_id,
         o.buyer_id               AS buyer_id,
         p.course_id              AS course_id,
         c.school_id              AS school_id,
         o.payment_source_id      AS payment_source_id,
         COALESCE(o.affiliate_id, 1)  AS affiliate_id,
         o.site_id                AS site_id,
         l.quantity               AS quantity,
         l.unit_price             AS unit_price,
         CAST(COALESCE(l.discount, 0) AS DECIMAL(8,2)) AS discount,
         CAST(l.quantity * l.unit_price - COALESCE(l.discount, 0) AS DECIMAL(10,2)) AS amount
  FROM   order_line AS l
  JOIN   shop_order AS o ON o.id = l.order_id
  LEFT JOIN catalogue_product AS p ON p.id = l.product_id
  LEFT JOIN course AS c ON c.id = p.course_id
`)
