import { source } from 'starline'

export const product_rating = source(`
  SELECT r.id           AS review_id,
         r.reviewed_at  AS rated_at,
         r.product_id   AS product_id,
         r.reviewer_id  AS rater_id,
         r.stars        AS stars,
         CASE WHEN r.body IS NULL THEN 0 ELSE 1 END AS comment_count
  FROM   product_review AS r
`)
