import { create } from 'starline'

// `year_month` stands in backticks because it is a reserved word on MySQL.
// Numbers and dates may be NULL for the sake of the unknown member, which has none.
export const date = create(`
  CREATE TABLE date_dim (
    date_key              KEY,
    full_date             DATE,
    day_of_month          INT,
    day_of_week           INT,
    day_name              VARCHAR(9)   NOT NULL,
    day_of_year           INT,
    is_weekday            BOOLEAN,
    is_last_day_in_month  BOOLEAN,
    same_day_last_year    DATE,
    week_of_year          INT,
    week_begin            DATE,
    iso_week              INT,
    iso_year              INT,
    month_number          INT,
    month_name            VARCHAR(9)   NOT NULL,
    month_short_name      VARCHAR(7)   NOT NULL,
    quarter_number        INT,
    quarter_name          VARCHAR(20)  NOT NULL,
    year_number           INT,
    \`year_month\`          VARCHAR(7)   NOT NULL,
    day_overall           INT,
    week_overall          INT,
    month_overall         INT,
    quarter_overall       INT,
    year_overall          INT,
    fiscal_month          INT,
    fiscal_quarter        INT,
    fiscal_year           INT
  )
`)
