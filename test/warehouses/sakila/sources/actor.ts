import { source } from 'starline'

export const actor = source(`
  SELECT a.actor_id    AS actor_id,
         a.first_name  AS first_name,
         a.last_name   AS last_name
  FROM   actor AS a
`)
