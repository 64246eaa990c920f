import { create } from 'starline'

export const date = create(`
  CREATE TABLE date_dim (
    date_key        KEY,
    full_date       DATE,
    day_of_month    INT,
    day_of_week     INT,
    day_name        VARCHAR(9)  NOT NULL,
    is_weekday      BOOLEAN,
    week_begin      DATE,
    month_number    INT,
    month_name      VARCHAR(9)  NOT NULL,
    quarter_number  INT,
    year_number     INT,
    \`year_month\`    VARCHAR(7)  NOT NULL
  )
`)
