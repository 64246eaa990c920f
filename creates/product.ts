import { create } from 'starline'

export const product = create(`
  CREATE TABLE product_dim (
    product_key   KEY,
    product_id    INT            NOT NULL,
    title         VARCHAR(120)   NOT NULL,
    kind          VARCHAR(40)    NOT NULL,
    course_title  VARCHAR(120),
    list_price    DECIMAL(8,2),
    price_band    VARCHAR(20)    NOT NULL,
    page_count    INT,
    listed_on     DATE,
    UNIQUE (product_id)
  )
`)
