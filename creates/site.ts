import { create } from 'starline'

export const site = create(`
  CREATE TABLE site_dim (
    site_key     KEY,
    site_id      INT          NOT NULL,
    domain_name  VARCHAR(80)  NOT NULL,
    name         VARCHAR(80)  NOT NULL,
    launched_on  DATE,
    UNIQUE (site_id)
  )
`)
