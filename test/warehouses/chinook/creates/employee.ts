import { create } from 'starline'

export const employee = create(`
  CREATE TABLE employee_dim (
    employee_key  KEY,
    employee_id   INT          NOT NULL,
    last_name     VARCHAR(20)  NOT NULL,
    first_name    VARCHAR(20)  NOT NULL,
    title         VARCHAR(30),
    reports_to    INT,
    birth_date    TIMESTAMP,
    hire_date     TIMESTAMP,
    address       VARCHAR(70),
    city          VARCHAR(40),
    state         VARCHAR(40),
    country       VARCHAR(40),
    postal_code   VARCHAR(10),
    phone         VARCHAR(24),
    fax           VARCHAR(24),
    email         VARCHAR(60),
    UNIQUE (employee_id)
  )
`)
