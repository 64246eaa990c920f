import { create } from 'starline'

export const user = create(`
  CREATE TABLE user_dim (
    user_key    KEY,
    user_id     INT           NOT NULL,
    username    VARCHAR(40)   NOT NULL,
    first_name  VARCHAR(40)   NOT NULL,
    last_name   VARCHAR(40),
    email       VARCHAR(120),
    school_id   INT,
    standing    VARCHAR(20),
    is_active   BOOLEAN       NOT NULL,
    joined_on   DATE,
    valid_from  TIMESTAMP     NOT NULL,
    valid_to    TIMESTAMP,
    is_current  BOOLEAN       NOT NULL,
    UNIQUE (user_id, valid_from)
  )
`)
