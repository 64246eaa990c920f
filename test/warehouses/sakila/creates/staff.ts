import { create } from 'starline'

export const staff = create(`
  CREATE TABLE staff_dim (
    staff_key   KEY,
    staff_id    INT          NOT NULL,
    username    VARCHAR(16)  NOT NULL,
    first_name  VARCHAR(45)  NOT NULL,
    last_name   VARCHAR(45)  NOT NULL,
    email       VARCHAR(50),
    is_active   BOOLEAN      NOT NULL,
    picture     BLOB,
    UNIQUE (staff_id)
  )
`)
