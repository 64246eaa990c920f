import { create } from 'starline'

export const payment = create(`
  CREATE TABLE payment_fact (
    payment_date_key  INT           NOT NULL,
    customer_key      INT           NOT NULL,
    film_key          INT           NOT NULL,
    store_key         INT           NOT NULL,
    staff_key         INT           NOT NULL,
    payment_id        INT           NOT NULL,
    rental_id         INT,
    paid_at           TIMESTAMP     NOT NULL,
    amount            DECIMAL(5,2)  NOT NULL,
    UNIQUE (payment_id),
    KEY by_date (payment_date_key),
    FOREIGN KEY (customer_key) REFERENCES customer_dim (customer_key),
    FOREIGN KEY (film_key) REFERENCES film_dim (film_key)
  )
`)
