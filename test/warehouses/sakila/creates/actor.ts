import { create } from 'starline'

export const actor = create(`
  CREATE TABLE actor_dim (
    actor_key   KEY,
    actor_id    INT          NOT NULL,
    first_name  VARCHAR(45)  NOT NULL,
    last_name   VARCHAR(45)  NOT NULL,
    UNIQUE (actor_id)
  )
`)
