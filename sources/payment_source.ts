import { source } from 'starline'

export const payment_source = source(`
  SELECT p.id    AS payment_source_id,
         p.code  AS code,
         p.name  AS name
  FROM   payment_source AS p
`)
