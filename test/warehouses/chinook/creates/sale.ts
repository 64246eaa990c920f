import { create } from 'starline'

export const sale = create(`
  CREATE TABLE sale_fact (
    date_key         INT            NOT NULL,
    customer_key     INT            NOT NULL,
    employee_key     INT            NOT NULL,
    track_key        INT            NOT NULL,
    artist_key       INT            NOT NULL,
    invoice_id       INT            NOT NULL,
    invoice_line_id  INT            NOT NULL,
    unit_price       DECIMAL(10,2)  NOT NULL,
    quantity         INT            NOT NULL,
    amount           DECIMAL(12,2)  NOT NULL,
    UNIQUE (invoice_line_id),
    KEY by_invoice (invoice_id),
    FOREIGN KEY (track_key) REFERENCES track_dim (track_key)
  )
`)
