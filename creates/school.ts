import { create } from 'starline'

export const school = create(`
  CREATE TABLE school_dim (
    school_key  KEY,
    school_id   INT           NOT NULL,
    name        VARCHAR(120)  NOT NULL,
    city        VARCHAR(60),
    state       VARCHAR(40),
    is_public   BOOLEAN,
    UNIQUE (school_id)
  )
`)
