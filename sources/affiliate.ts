import { source } from 'starline'

export const affiliate = source(`
  SELECT a.id                         AS affiliate_id,
         a.code                       AS code,
         a.name                       AS name,
         COALESCE(a.commission, 0.0)  AS commission,
         a.is_active                  AS is_active
  FROM   affiliate AS a
`)
