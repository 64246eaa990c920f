import { create } from 'starline'

export const affiliate = create(`
  CREATE TABLE affiliate_dim (
    affiliate_key  KEY,
    affiliate_id   INT           NOT NULL,
    code           VARCHAR(20)   NOT NULL,
    name           VARCHAR(60)   NOT NULL,
    commission     DECIMAL(5,4)  NOT NULL,
    is_active      BOOLEAN       NOT NULL,
    UNIQUE (affiliate_id)
  )
`)
