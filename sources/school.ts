import { source } from 'starline'

export const school = source(`
  SELECT s.id         AS school_id,
         s.name       AS name,
         s.city       AS city,
         t.name       AS state,
         s.is_public  AS is_public
  FROM   school AS s
  LEFT JOIN us_state AS t ON t.code = s.state_code
`)
