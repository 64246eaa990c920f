import { source } from 'starline'

export const site = source(`
  SELECT s.id           AS site_id,
         s.domain_name  AS domain_name,
         s.name         AS name,
         s.launched_on  AS launched_on
  FROM   site AS s
`)
