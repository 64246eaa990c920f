import { create } from 'starline'

export const product_rating = create(`
  CREATE TABLE product_rating_fact (
    date_fk        INT  NOT NULL,
    product_fk     INT  NOT NULL,
    rater_fk       INT  NOT NULL,
    review_id      INT  NOT NULL,
    stars          INT  NOT NULL,
    comment_count  INT  NOT NULL,
    UNIQUE (review_id)
  )
`)
