import { create } from 'starline'

export const rental = create(`
  CREATE TABLE rental_fact (
    rental_date_key  INT        NOT NULL,
    return_date_key  INT        NOT NULL,
    customer_key     INT        NOT NULL,
    film_key         INT        NOT NULL,
    store_key        INT        NOT NULL,
    staff_key        INT        NOT NULL,
    rental_id        INT        NOT NULL,
    rented_at        TIMESTAMP  NOT NULL,
    returned_at      TIMESTAMP,
    days_out         INT,
    UNIQUE (rental_id)
  )
`)
