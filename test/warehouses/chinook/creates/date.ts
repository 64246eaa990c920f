import { create } from 'starline'

export const date = create(`
  CREATE TABLE date_dim (
    date_key        KEY,
    full_date       DATE,
    month_name      VARCHAR(9)  NOT NULL,
    quarter_number  INT,
    year_number     INT
  )
`)
